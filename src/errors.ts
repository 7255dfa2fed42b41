/** Every code an error of Reprise can carry; the code decides the HTTP status where a client is answered. */
export type ErrorCode =
  /** The origin refused, reset or did not accept the connection. */
  | 'upstream-unreachable'
  /** The origin ended the connection in the middle of an answer. */
  | 'upstream-cut'
  /** The request was given up by our side. */
  | 'aborted'
  /** Reprise is closing and takes no new requests. */
  | 'draining'
  /** As many requests wait for the origin as may. */
  | 'queue-full'
  /** The request waited for the origin longer than it may. */
  | 'queue-timeout'
  /** Reprise has more to do than it can. */
  | 'overloaded'
  /** The origin is known to be down. */
  | 'upstream-down'
  /** Only a stored answer would have done, and there is none. */
  | 'not-cached'
  /** The request has been through this instance already. */
  | 'loop'
  /** The path holds what the origin would decode and Reprise would not. */
  | 'path-refused'
  /** An administrative request was malformed. */
  | 'bad-request'
  /** An administrative request came from where it may not. */
  | 'forbidden'
  /** An administrative request that changes something did not show the token. */
  | 'unauthorized'
  /** One or more settings are wrong; every fault is listed. */
  | 'config-invalid'
  /** The data directory holds somebody else's database. */
  | 'foreign-database'
  /** The store could not do what was asked of it; never reaches a client. */
  | 'store-failed'
  /** A command could not reach the running server. */
  | 'server-unreachable'
  /** A command did not do all of what it was told, or found something wrong. */
  | 'command-failed'
  /** A fault of Reprise itself. */
  | 'internal'

/** The HTTP status a client gets for a code; 500 stands for what a client should never see. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  'upstream-unreachable': 502,
  'upstream-cut': 502,
  aborted: 499,
  draining: 503,
  'queue-full': 503,
  'queue-timeout': 503,
  overloaded: 503,
  'upstream-down': 503,
  'not-cached': 504,
  loop: 508,
  'path-refused': 404,
  'bad-request': 400,
  forbidden: 403,
  unauthorized: 401,
  'config-invalid': 500,
  'foreign-database': 500,
  'store-failed': 500,
  'server-unreachable': 500,
  'command-failed': 500,
  internal: 500,
}

/** Exit status of a command that ended with a code: 78 configuration, 69 not reachable, else 1 (sysexits.h). */
const EXIT_STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  'config-invalid': 78,
  'foreign-database': 78,
  'server-unreachable': 69,
}

/** What an answer that carries an error says besides. */
export interface ErrorDetails {
  readonly retryAfterSeconds?: number
  readonly fault?: string
}

/** The one error class: a code, a sentence for a person, and what caused it. */
export class RepriseError extends Error {
  readonly code: ErrorCode
  /** When to ask again, in whole seconds; undefined where waiting does not help. */
  readonly retryAfterSeconds: number | undefined
  /** What went wrong with the origin, where it did: an upstream failure's reason. */
  readonly fault: string | undefined

  constructor(code: ErrorCode, message: string, cause?: unknown, details: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RepriseError'
    this.code = code
    this.retryAfterSeconds = details.retryAfterSeconds
    this.fault = details.fault
  }

  /** The HTTP status of an answer that carries this error. */
  get status(): number {
    return STATUS[this.code]
  }

  /** The exit status of a command that ends with this error. */
  get exitStatus(): number {
    return EXIT_STATUS[this.code] ?? 1
  }
}

/** The body every native Ollama client reads: `{"error":"…"}`, without a line end, as Ollama writes it. */
export function toErrorBody(message: string): Buffer {
  return Buffer.from(JSON.stringify({ error: message }))
}

/** Any thrown value as a RepriseError; what is not one already becomes `internal` with its cause. */
export function toRepriseError(thrown: unknown): RepriseError {
  if (thrown instanceof RepriseError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new RepriseError('internal', message, thrown)
}
