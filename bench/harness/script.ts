/** What the scripted origin does with a question: the prompt says it, as JSON. */
export interface Script {
  /** Makes questions differ that are otherwise the same, and names them in the origin's log. */
  readonly tag: string
  readonly frames: number
  /** Bytes of each frame but the last, its newline included; at least 120. */
  readonly frameBytes: number
  /** From one frame to the next, in ms; 0: all at once. */
  readonly paceMs: number
  /** Until the head of the answer, in ms. */
  readonly thinkMs: number
  /** Which of the runs with this tag get no answer until they are reset. */
  readonly hold: 'none' | 'first' | 'all'
  /** `sent-at`: each frame but the last holds the instant at which it was written, in ms, and nothing else. */
  readonly stamp?: 'sent-at'
}

/** A short answer at once. */
export const AT_ONCE: Omit<Script, 'tag'> = {
  frames: 5,
  frameBytes: 120,
  paceMs: 0,
  thinkMs: 0,
  hold: 'none',
}

/** What the origin saw of one run; instants of the monotonic clock, in ms. */
export interface SeenRun {
  readonly tag: string
  readonly arrivedAt: number
  /** When its last byte was written. */
  readonly endedAt?: number
  /** When its connection was closed by the other side before the answer was over. */
  readonly leftAt?: number
  /** When the origin itself broke it off. */
  readonly resetAt?: number
}

/** What the origin's log holds. */
export interface OriginLog {
  readonly runs: readonly SeenRun[]
  /** How often the version was asked for. */
  readonly versionAsked: number
}

/** The model that follows scripts. */
export const SCRIPTED_MODEL = 'bench:long'

const CREATED_AT = '2026-01-01T00:00:00.123456789Z'

/** The frames of a script: the same for the origin that sends them and for the client that compares. */
export function toFrames({ frames, frameBytes }: Script): Buffer[] {
  const head = { model: SCRIPTED_MODEL, created_at: CREATED_AT }
  const empty = JSON.stringify({ ...head, response: '', done: false })
  const fill = 'x'.repeat(frameBytes - empty.length - 1)
  const frame = Buffer.from(`${JSON.stringify({ ...head, response: fill, done: false })}\n`)
  const last = Buffer.from(`${JSON.stringify(toLast('', frames))}\n`)
  return [...Array.from({ length: frames - 1 }, () => frame), last]
}

/** A frame that says when it was made. */
export function toStampedFrame(instantMs: number): Buffer {
  const head = { model: SCRIPTED_MODEL, created_at: CREATED_AT }
  return Buffer.from(`${JSON.stringify({ ...head, response: String(instantMs), done: false })}\n`)
}

/** The same answer in one piece, as Ollama gives it to who does not want a stream. */
export function toWhole(script: Script): Buffer {
  const pieces = toFrames(script).map(
    (frame) => (JSON.parse(frame.toString()) as { response: string }).response,
  )
  return Buffer.from(JSON.stringify(toLast(pieces.join(''), script.frames)))
}

function toLast(response: string, count: number) {
  const head = { model: SCRIPTED_MODEL, created_at: CREATED_AT, response }
  return { ...head, done: true, done_reason: 'stop', eval_count: count, eval_duration: 3e9 }
}
