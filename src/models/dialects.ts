/** Watches whether one model is asked in both dialects. */
export interface DialectWatch {
  /** Notes a request for a model on an endpoint. */
  note(model: string, endpoint: string): void
}

/**
 * `/v1` bodies cannot carry `num_thread`: where native requests have it put in, Ollama reloads the model
 * at each turn (corpus: /v1 without options after num_thread=6 is a reload, and another on return).
 * Calls `onMixed` once, for the first model that is asked in both ways.
 */
export function createDialectWatch(onMixed: (model: string) => void): DialectWatch {
  const native = new Set<string>()
  const compatible = new Set<string>()
  let isReported = false
  return {
    note(model, endpoint) {
      if (isReported || model === 'none' || model === 'other') return
      const dialect = endpoint.startsWith('/v1/') ? compatible : native
      dialect.add(model)
      if (!native.has(model) || !compatible.has(model)) return
      isReported = true
      onMixed(model)
    },
  }
}
