import type { Upstream } from './pool.ts'

/** How long the origin has to say its version, in ms. */
const PROBE_LIMIT_MS = 2_000

/** Whether the origin answers now, and as which version. */
export interface Health {
  readonly answering: boolean
  readonly version?: string
}

/** Asks `GET /api/version`. Never rejects: not answering is an answer. */
export async function checkHealth(upstream: Pick<Upstream, 'ask'>): Promise<Health> {
  try {
    const reply = await upstream.ask('/api/version', { timeoutMs: PROBE_LIMIT_MS })
    if (reply.status !== 200) return { answering: false }
    const { version } = JSON.parse(reply.body.toString()) as { version?: unknown }
    return { answering: true, ...(typeof version === 'string' && { version }) }
  } catch {
    return { answering: false }
  }
}
