/** One number about waiting. */
export interface Latency {
  readonly title: string
  readonly ms: number
  readonly p99Ms: number
  /** The same without Reprise. */
  readonly beside: { readonly name: string; readonly ms: number }
  readonly targetMs: number
}
