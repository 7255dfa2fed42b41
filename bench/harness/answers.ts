/** One answer of the simulated model, in both shapes it is asked for. */
export interface Answer {
  readonly frames: readonly Buffer[]
  readonly stream: Buffer
  readonly whole: Buffer
}

/** `short`: 12 frames, 1.4 KB streamed. `long`: 100 frames, 11 KB streamed, 1.4 KB whole. */
export type Size = 'short' | 'long'

/** Every answer, by the model that gives it. */
export const ANSWERS: Readonly<Record<Size, Answer>> = {
  short: makeAnswer('bench:short', 12),
  long: makeAnswer('bench:long', 100),
}

/** What `/api/tags` lists. */
export const TAGS = Buffer.from(
  JSON.stringify({
    models: Object.keys(ANSWERS).map((size, index) => ({
      name: `bench:${size}`,
      model: `bench:${size}`,
      digest: String(index + 1).repeat(64),
      details: { family: 'bench' },
    })),
  }),
)

/** An answer of 1 MiB that means nothing. */
export const LARGE_BODY = Buffer.alloc(1024 * 1024, 'x')

/** The type of what is not streamed. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** The type of frames. */
export const STREAM_TYPE = 'application/x-ndjson'

/** What servers send that know only fixed answers, by path: `/long/whole` and the like. */
export const FIXED_ANSWERS: Readonly<Record<string, { type: string; body: Buffer }>> =
  Object.fromEntries(
    Object.entries(ANSWERS).flatMap(([size, { stream, whole }]) => [
      [`/${size}/whole`, { type: JSON_TYPE, body: whole }],
      [`/${size}/stream`, { type: STREAM_TYPE, body: stream }],
    ]),
  )

function makeAnswer(model: string, count: number): Answer {
  const created_at = '2026-01-01T00:00:00.123456789Z'
  const word = ' benchmarks'
  const end = {
    done: true,
    done_reason: 'stop',
    context: [1, 2, 3],
    total_duration: 123456789,
    load_duration: 12345678,
    prompt_eval_count: 8,
    prompt_eval_duration: 1234567,
    eval_count: count,
    eval_duration: 98765432,
  }
  const frames = Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1
    const rest = isLast ? { response: '', ...end } : { response: word, done: false }
    return Buffer.from(`${JSON.stringify({ model, created_at, ...rest })}\n`)
  })
  const response = word.repeat(count - 1)
  return {
    frames,
    stream: Buffer.concat(frames),
    whole: Buffer.from(JSON.stringify({ model, created_at, response, ...end })),
  }
}
