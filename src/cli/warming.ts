import { Pool } from 'undici'
import { readWrittenRequest, type WrittenRequest } from '../admin/request-line.ts'
import { HEADER } from '../http/headers.ts'
import type { RequestLine } from './request-file.ts'
import type { Warmed } from './warmed.ts'

/** What became of the requests of a file. */
export interface WarmResult {
  /** Answered from the cache. */
  readonly warm: number
  /** Answered by the model, and kept. */
  readonly generated: number
  /** Answered by the model, and not kept: the cache does not handle such requests. */
  readonly bypassed: number
  /** Done in an earlier run. */
  readonly skipped: number
  readonly failed: number
}

/** Sends one request and reads its answer to the end. */
export interface Asker {
  /** Which count the answer belongs to; or a sentence that says why there is none. */
  ask(
    request: WrittenRequest,
  ): Promise<'warm' | 'generated' | 'bypassed' | { readonly why: string }>
  close(): Promise<void>
}

/** What a run needs. */
export interface Warming {
  readonly asker: Asker
  /** Undefined where nothing is noted. */
  readonly warmed: Warmed | undefined
  readonly concurrency: number
  onFailed(line: number, why: string): void
  onProgress(counts: WarmResult): void
}

type Counts = { -readonly [Name in keyof WarmResult]: number }

/** Sends all lines, so many at a time, in their order. Rejects where the file cannot be read. */
export async function runWarming(
  lines: AsyncGenerator<RequestLine>,
  options: Warming,
): Promise<WarmResult> {
  const counts: Counts = { warm: 0, generated: 0, bypassed: 0, skipped: 0, failed: 0 }
  const work = async (): Promise<void> => {
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      counts[await warmLine(next.value, options)] += 1
      options.onProgress(counts)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  return counts
}

async function warmLine(
  { number, text }: RequestLine,
  { asker, warmed, onFailed }: Warming,
): Promise<keyof WarmResult> {
  if (warmed?.has(text) === true) return 'skipped'
  const outcome = await askFor(text, asker)
  if (typeof outcome === 'string') {
    warmed?.note(text)
    return outcome
  }
  onFailed(number, outcome.why)
  return 'failed'
}

async function askFor(text: string, asker: Asker): ReturnType<Asker['ask']> {
  try {
    return await asker.ask(readWrittenRequest(Buffer.from(text)))
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) }
  }
}

/** Over so many connections, without a time limit: a model may take its time. */
export function createAsker(url: string, connections: number): Asker {
  const pool = new Pool(url, { connections, headersTimeout: 0, bodyTimeout: 0 })
  return {
    async ask({ path, body, headers }) {
      const answer = await pool.request({ method: 'POST', path, body, headers })
      const tail = await readTail(answer.body)
      if (answer.statusCode >= 400) return { why: `${answer.statusCode} ${tail.toString().trim()}` }
      const error = findError(tail)
      return error === undefined ? toOutcome(answer.headers) : { why: error }
    },
    close: () => pool.close(),
  }
}

const X_CACHE = HEADER.xCache.toLowerCase()

function toOutcome(headers: Readonly<Record<string, unknown>>) {
  switch (headers[X_CACHE]) {
    case 'HIT':
    case 'STALE':
      return 'warm'
    case 'MISS':
      return 'generated'
    default:
      return 'bypassed'
  }
}

/** The last frame says whether a stream ended well; the rest of an answer is of no interest here. */
const TAIL_BYTES = 4096

async function readTail(body: AsyncIterable<Buffer>): Promise<Buffer> {
  let tail = Buffer.alloc(0)
  for await (const chunk of body) tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES)
  return tail
}

/** A run that fails in the middle is a 200 that ends in a line with an error. */
function findError(tail: Buffer): string | undefined {
  const line = tail.toString().trim().split('\n').at(-1) ?? ''
  return /^(?:data: )?\{"error":/.test(line) ? line : undefined
}
