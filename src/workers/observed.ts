import type { Clock, Timer } from '../clock.ts'
import { type ObservedBatch, ObservedRows, ROW_NUMBERS } from '../metrics/observed.ts'

/** What a worker has observed, until it is handed over to the process that counts. */
export interface ObservedQueue {
  add(batch: ObservedBatch): void
  /** Hands over what there is, now. */
  handOver(): void
}

/** So many are handed over together at most. */
const MOST_ROWS = 2_048
/** They wait so long for others at most, in ms. */
const WAIT_MS = 200

/** `take` gets each batch, for good. */
export function createObservedQueue(
  clock: Pick<Clock, 'startTimer'>,
  take: (batch: ObservedBatch) => void,
): ObservedQueue {
  const rows = new ObservedRows(MOST_ROWS)
  let timer: Timer | undefined

  function handOver(): void {
    timer?.cancel()
    timer = undefined
    if (rows.length === 0) return
    const { forms, numbers } = rows.take()
    take({ forms: [...forms], numbers: numbers.slice() })
  }

  return {
    add(batch) {
      for (let at = 0; at < batch.numbers.length; at += ROW_NUMBERS) {
        rows.addRow(batch, at)
        if (rows.isFull) handOver()
      }
      if (rows.length > 0) timer ??= clock.startTimer(WAIT_MS, handOver)
    },
    handOver,
  }
}
