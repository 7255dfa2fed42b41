import { HEADER } from '../http/headers.ts'
import { isBusy } from '../upstream/busy.ts'
import type { ResponseHead, RunSink } from '../upstream/run.ts'

/** What to do about an origin whose own queue is full. */
export interface BusyRules {
  /** Whether it will be asked again; then nothing of this answer is passed on. */
  mayAskAgain(): boolean
  /** When a client should ask again, in whole seconds. */
  retryAfterSeconds(): number
}

/**
 * Holds back a 503 until all of it is there: Ollama's own "server busy" is not passed on where it will be
 * asked again, and else gets the `Retry-After` that Ollama leaves out. Every other answer goes straight on.
 */
export function holdBusy(sink: RunSink, rules: BusyRules): RunSink {
  let held: ResponseHead | undefined
  const pieces: Buffer[] = []
  const release = (head: ResponseHead): void => {
    sink.onHead(head)
    if (pieces.length > 0) sink.onData(pieces)
  }
  return {
    onHead(head) {
      if (head.status === 503) held = head
      else sink.onHead(head)
    },
    onData(came) {
      if (held === undefined) sink.onData(came)
      else pieces.push(...came)
    },
    onEnd() {
      if (held !== undefined) {
        const isOwn = isBusy(held.status, Buffer.concat(pieces))
        if (isOwn && rules.mayAskAgain()) return
        release(isOwn ? withRetryAfter(held, rules.retryAfterSeconds()) : held)
      }
      sink.onEnd()
    },
    onFail(failure) {
      // A head alone is let go of: another run may follow it, and its head may be another one.
      if (held !== undefined && pieces.length > 0) release(held)
      sink.onFail(failure)
    },
  }
}

function withRetryAfter(head: ResponseHead, seconds: number): ResponseHead {
  const name = HEADER.retryAfter
  if (head.headers.some(([each]) => each.toLowerCase() === name.toLowerCase())) return head
  return { ...head, headers: [...head.headers, [name, String(seconds)]] }
}
