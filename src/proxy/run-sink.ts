import type { Clock } from '../clock.ts'
import type { DurationCounts } from '../metrics/durations.ts'
import type { RefusalReason } from '../outcome.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { RunSink } from '../upstream/run.ts'
import { holdBusy } from './busy-answer.ts'
import type { FlightMachine } from './coalesce.ts'
import type { Exchange } from './exchange.ts'
import type { Recording } from './recording.ts'
import type { FlightTimes } from './stages.ts'

/** The instants of a flight, while they are being noted. */
export type FlightNotes = { -readonly [K in keyof FlightTimes]: FlightTimes[K] }

/** What one run is heard by. */
export interface RunSinkOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly machine: FlightMachine<Exchange>
  readonly recording: Recording
  readonly times: FlightNotes
  /** False once the flight is over or has given the run up: what it still says is not heard. */
  isHeard(): boolean
  /** The origin's answer is an error: it is for those who are there, and for nobody who comes. */
  onRefusedByOrigin(): void
  /** When to ask again, in whole seconds. */
  retryAfterSeconds(reason: RefusalReason): number
  /** Where the times between frames of this request's run are counted, in seconds. */
  gapsOf(exchange: Exchange): DurationCounts
  /** The origin has begun to answer. */
  onAnswered(): void
  /** The origin failed the run. */
  onFailed(failure: UpstreamFailure): void
}

/** Where one run of a flight writes: the bytes into the recording, everything else to the machine. */
export function createRunSink(options: RunSinkOptions): RunSink {
  const { clock, times, isHeard } = options
  const held = holdBusy(toRecorder(options), {
    mayAskAgain: () => options.machine.busy(),
    retryAfterSeconds: () => options.retryAfterSeconds('queue-full'),
  })
  return {
    onSent() {
      times.sentAt = clock.monotonic()
    },
    onHead(head) {
      options.onAnswered()
      if (isHeard()) held.onHead(head)
    },
    onData(pieces) {
      if (isHeard()) held.onData(pieces)
    },
    onEnd() {
      if (isHeard()) held.onEnd()
    },
    onFail(failure) {
      if (!isHeard()) return
      if (failure.reason !== 'aborted') options.onFailed(failure)
      held.onFail(failure)
    },
  }
}

function toRecorder({
  clock,
  machine,
  recording,
  times,
  onRefusedByOrigin,
  gapsOf,
}: RunSinkOptions): RunSink {
  const noteFrames = watchGaps(() => gapsOf(machine.runner))
  return {
    onHead(head) {
      machine.head()
      if (machine.state === 'over') return
      recording.begin(head)
      if (head.status !== 200) onRefusedByOrigin()
    },
    onData(pieces) {
      const now = clock.monotonic()
      const { received } = recording
      times.answeredAt ??= now
      recording.receive(pieces)
      if (recording.head?.body === 'frames' && recording.received > received) noteFrames(now)
      machine.frames(recording.received)
      if (recording.isOverflowing) machine.overflow()
    },
    onEnd: () => machine.finish(),
    onFail: (failure) => machine.fail(failure),
  }
}

/** Is called with the monotonic instant, in ms, of each read that brought frames. */
function watchGaps(find: () => DurationCounts): (now: number) => void {
  let gaps: DurationCounts | undefined
  let lastAt: number | undefined
  return (now) => {
    gaps ??= find()
    if (lastAt !== undefined) gaps.add((now - lastAt) / 1000)
    lastAt = now
  }
}
