/** The part of autocannon 8 that the bench uses; the package brings no types. */
declare module 'autocannon' {
  /** One request of a connection's round. */
  export interface Request {
    readonly method: string
    readonly path: string
    readonly headers?: Record<string, string>
    readonly body?: Buffer | string
    /** Called before each sending; what it returns is sent. */
    readonly setupRequest?: (request: Request) => Request
  }

  /** How much load, at what. */
  export interface Options {
    readonly url: string
    readonly connections: number
    /** In seconds. */
    readonly duration: number
    /** In seconds. */
    readonly timeout: number
    readonly requests: readonly Request[]
  }

  /** What came of it. */
  export interface Result {
    /** The time it really took, in seconds. */
    readonly duration: number
    readonly errors: number
    readonly timeouts: number
    readonly non2xx: number
    readonly '2xx': number
    /** In whole milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number }
  }

  export default function autocannon(options: Options): Promise<Result>
}
