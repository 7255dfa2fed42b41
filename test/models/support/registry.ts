import { createModelRegistry, type ModelRegistry } from '../../../src/models/registry.ts'
import { createFakeOrigin, type FakeOrigin } from './fake-origin.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export interface Bench {
  readonly registry: ModelRegistry
  readonly origin: FakeOrigin
  readonly clock: ManualClock
  /** What the registry wrote last. */
  note: string | undefined
  /** Digests that were said to be replaced, and since when they may have been. */
  readonly replaced: readonly Replaced[]
}

interface Replaced {
  readonly digests: readonly string[]
  readonly since: number
}

interface BenchOptions {
  readonly note?: string | undefined
  readonly place?: 'this-machine' | 'elsewhere'
  readonly origin?: FakeOrigin
  readonly clock?: ManualClock
}

/** A registry in front of an origin that has `qwen:latest` with digest `one`. */
export function createBench(options: BenchOptions = {}): Bench {
  const clock = options.clock ?? createManualClock()
  const origin = options.origin ?? createFakeOrigin()
  if (options.origin === undefined) {
    origin.tags = [{ name: 'qwen:latest', digest: 'one' }]
    origin.templates = { 'qwen:latest': '{{ .Prompt }}' }
  }
  const replaced: Replaced[] = []
  const bench = { origin, clock, note: options.note, replaced } as unknown as Bench & {
    registry: ModelRegistry
    replaced: Replaced[]
  }
  bench.registry = createModelRegistry({
    ask: origin.ask,
    clock,
    place: options.place ?? 'this-machine',
    note: {
      read: () => bench.note,
      write: (text) => {
        bench.note = text
      },
    },
    isReachable: () => true,
    onRead: () => {},
    onReplaced: async (digests, since) => {
      bench.replaced.push({ digests, since })
    },
  })
  return bench
}

/** A bench whose registry has read the origin just now. */
export async function createReadBench(options: BenchOptions = {}): Promise<Bench> {
  const bench = createBench(options)
  await bench.registry.refresh()
  return bench
}

/** Lets everything happen that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
