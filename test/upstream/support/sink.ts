import { EventEmitter, once } from 'node:events'
import type { UpstreamFailure } from '../../../src/upstream/failure.ts'
import type { ResponseHead, RunSink } from '../../../src/upstream/run.ts'

/** A sink that writes down what a run said, in its order, and can be waited for. */
export interface TestSink extends RunSink {
  readonly heads: readonly ResponseHead[]
  readonly failures: readonly UpstreamFailure[]
  readonly log: readonly string[]
  /** What came of the body so far. */
  text(): string
  /** Resolves with the next call of this name, or at once where there was one. */
  reached(call: Call): Promise<void>
  /** How the run ended. */
  ended(): Promise<'end' | UpstreamFailure>
}

type Call = 'head' | 'data' | 'end' | 'fail'

export function createTestSink(): TestSink {
  const calls = new EventEmitter()
  const heads: ResponseHead[] = []
  const failures: UpstreamFailure[] = []
  const chunks: Buffer[] = []
  const log: string[] = []
  const note = (call: Call): void => {
    log.push(call)
    calls.emit(call)
  }
  const reached = async (call: Call): Promise<void> => {
    if (!log.includes(call)) await once(calls, call)
  }
  return {
    heads,
    failures,
    log,
    reached,
    text: () => Buffer.concat(chunks).toString(),
    async ended() {
      await Promise.race([reached('end'), reached('fail')])
      return failures[0] ?? 'end'
    },
    onHead(head) {
      heads.push(head)
      note('head')
    },
    onData(pieces) {
      chunks.push(...pieces)
      note('data')
    },
    onEnd: () => note('end'),
    onFail(failure) {
      failures.push(failure)
      note('fail')
    },
  }
}
