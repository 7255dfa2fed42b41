import type { Ask } from './table-reader.ts'

/** A model in the origin's memory, as `GET /api/ps` tells of it. */
export interface LoadedModel {
  readonly name: string
  readonly digest: string
  /** Memory it takes, and how much of that on a GPU, in bytes; null where the origin does not say. */
  readonly bytes: number | null
  readonly gpuBytes: number | null
  /** When it leaves memory unless it is asked again, as the origin writes it; null where it does not say. */
  readonly until: string | null
}

/** How long the origin has to say it, in ms: a load may hold the answer back. */
const LIST_LIMIT_MS = 2_000

/** What is loaded now; undefined where the origin does not say. Never rejects. */
export async function listLoaded(ask: Ask): Promise<readonly LoadedModel[] | undefined> {
  try {
    const { status, body } = await ask('/api/ps', { timeoutMs: LIST_LIMIT_MS })
    const { models } = JSON.parse(body.toString()) as { models?: unknown }
    if (status !== 200 || !Array.isArray(models)) return undefined
    return models.flatMap((model: unknown) => toLoaded(model))
  } catch {
    return undefined
  }
}

function toLoaded(model: unknown): LoadedModel[] {
  if (typeof model !== 'object' || model === null) return []
  const { name, digest, size, size_vram: gpu, expires_at: until } = model as Record<string, unknown>
  if (typeof name !== 'string' || typeof digest !== 'string') return []
  return [
    {
      name,
      digest,
      bytes: typeof size === 'number' ? size : null,
      gpuBytes: typeof gpu === 'number' ? gpu : null,
      until: typeof until === 'string' ? until : null,
    },
  ]
}
