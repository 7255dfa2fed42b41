import type { Ask } from './table-reader.ts'

/** Whether a model is in the origin's memory, as far as the origin says. */
export type ModelState =
  /** It is listed: a request for it waits for nothing but its turn. */
  | 'loaded'
  /** It is not, or the origin is too busy loading to say. */
  | 'loading'
  /** Nothing that lists models answers there. */
  | 'unreachable'

/** Tells a model that is still being loaded from one that runs: a load is thrown away when its requester leaves. */
export interface Residency {
  /**
   * Asks `GET /api/ps`. Never rejects. Callers that come while a question is under way share its answer,
   * and with it the limit of the first of them, in ms.
   */
  isLoaded(digest: string, limitMs: number): Promise<ModelState>
}

/**
 * What Ollama 0.32.15 does during a load (server/sched.go `load` and `loadedModels`; measured every 25 ms
 * over loads of 260 and 290 ms):
 *
 * - While a llama-server starts, the list comes within 3 ms and without the model, also where the load
 *   replaces the same model with other options. It is held back (15 ms seen) only while the process is
 *   being started, which happens under the lock that the list needs.
 * - A runner that is listed before it is ready (MLX) is locked until it is, and the list waits for it: no
 *   list comes before the load is over. Hence no answer within the limit means `loading` as well, even
 *   where it is another model that is being loaded.
 *
 * Versions that make the list without those locks show a runner whose weights are still being read, which
 * then counts as loaded.
 */
export function createResidency(ask: Ask): Residency {
  let asking: Promise<Listing> | undefined

  async function readListing(limitMs: number): Promise<Listing> {
    try {
      const answer = await ask('/api/ps', { timeoutMs: limitMs })
      return answer.status === 200 ? readDigests(answer.body) : 'unreachable'
    } catch (error) {
      return isTimeout(error) ? 'loading' : 'unreachable'
    } finally {
      asking = undefined
    }
  }

  return {
    async isLoaded(digest, limitMs) {
      asking ??= readListing(limitMs)
      const listing = await asking
      if (typeof listing === 'string') return listing
      return listing.has(digest) ? 'loaded' : 'loading'
    },
  }
}

/** The digests of what is loaded, or why they are not known. */
type Listing = ReadonlySet<unknown> | 'loading' | 'unreachable'

function readDigests(body: Buffer): Listing {
  const { models } = JSON.parse(body.toString()) as { models?: unknown }
  if (!Array.isArray(models)) return 'unreachable'
  return new Set(models.map((model: { digest?: unknown } | null) => model?.digest))
}

/** As `AbortSignal.timeout` names it. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
