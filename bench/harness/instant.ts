const NANOSECONDS_PER_MS = 1e6

/** The machine's monotonic clock in ms: instants of different processes can be compared. */
export function readInstantMs(): number {
  return Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS
}

/** Lets so many ms pass. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Asks again at once until it is so; the instant at which it was. Throws after ten seconds. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>): Promise<number> {
  const startedAt = readInstantMs()
  while (!(await isSo())) {
    if (readInstantMs() - startedAt > PATIENCE_MS) throw new Error(`never came true: ${isSo}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return readInstantMs()
}

const PATIENCE_MS = 10_000
