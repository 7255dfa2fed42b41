import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { type ModelTable, readTags, readVersion } from './table.ts'

/** Asks the origin; rejects where it cannot be reached. */
export type Ask = (
  path: string,
  options?: {
    readonly method?: 'GET' | 'POST'
    readonly body?: string
    readonly timeoutMs?: number
  },
) => Promise<Answer>

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** How long the origin has for its list, in ms: it hashes its manifests anew each time. */
const READ_LIMIT_MS = 5_000

/** A reader of `/api/version` and `/api/tags`, both at once; rejects where either is not what it should be. */
export function createTableReader(ask: Ask, clock: Pick<Clock, 'now'>): () => Promise<ModelTable> {
  return async () => {
    const limits = { timeoutMs: READ_LIMIT_MS }
    const readAt = clock.now()
    const [version, tags] = await Promise.all([
      ask('/api/version', limits),
      ask('/api/tags', limits),
    ])
    const text = readVersion(version.body)
    const models = readTags(tags.body)
    if (tags.status !== 200 || text === undefined || models === undefined) {
      throw new RepriseError('upstream-unreachable', 'what answers there is not an Ollama')
    }
    return { version: text, models, readAt, originNow: toInstant(tags.headers.date) ?? readAt }
  }
}

function toInstant(header: string | string[] | undefined): number | undefined {
  const instant = Date.parse(String(header))
  return Number.isNaN(instant) ? undefined : instant
}
