import type { Clock, Timer } from '../clock.ts'
import type { EntryMeta, Packed } from './codec.ts'
import type { WriteItem } from './writer.ts'

/** Several entries on their way to another thread: two objects to be copied, and not thirty for each entry. */
export interface Parcel {
  readonly kind: 'parcel'
  /** What is said of the entries, as JSON. */
  readonly metas: string
  /** The packed frames of all, behind each other. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** How many bytes of them each has. */
  readonly sizes: readonly number[]
}

/** Collects entries until it is worth waking the other thread. */
export interface Outbox {
  add(meta: EntryMeta, packed: Packed): void
  /** Sends what has been collected, now: whatever else is sent must come behind it. */
  flush(): void
}

/** A parcel is sent when it has so many entries, so many bytes, or has waited so long. */
const PARCEL_ENTRIES = 32
const PARCEL_BYTES = 512 * 1024
const PARCEL_WAIT_MS = 20

/**
 * Each message wakes a thread and takes its object apart, property by property: 120 µs of an answer of 100
 * frames went into that.
 */
export function createOutbox(
  clock: Pick<Clock, 'startTimer'>,
  send: (parcel: Parcel) => void,
): Outbox {
  let waiting: { meta: EntryMeta; packed: Packed }[] = []
  let bytes = 0
  let timer: Timer | undefined

  function flush(): void {
    timer?.cancel()
    timer = undefined
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    bytes = 0
    send(toParcel(items))
  }

  return {
    add(meta, packed) {
      waiting.push({ meta, packed })
      bytes += packed.length
      if (waiting.length >= PARCEL_ENTRIES || bytes >= PARCEL_BYTES) flush()
      else timer ??= clock.startTimer(PARCEL_WAIT_MS, flush)
    },
    flush,
  }
}

/** The frames are copied: what is sent is gone here, and the entries are still wanted. */
function toParcel(items: readonly WriteItem[]): Parcel {
  const bytes = Buffer.allocUnsafeSlow(items.reduce((sum, { packed }) => sum + packed.length, 0))
  let at = 0
  for (const { packed } of items) {
    bytes.set(packed, at)
    at += packed.length
  }
  return {
    kind: 'parcel',
    metas: JSON.stringify(items.map(({ meta }) => meta)),
    bytes,
    sizes: items.map(({ packed }) => packed.length),
  }
}

/** The entries of a parcel, in their order. */
export function openParcel({ metas, bytes, sizes }: Parcel): WriteItem[] {
  const { buffer, byteOffset } = bytes
  let at = byteOffset
  return (JSON.parse(metas) as EntryMeta[]).map((meta, index) => {
    const size = sizes[index] ?? 0
    at += size
    return { meta, packed: Buffer.from(buffer, at - size, size) }
  })
}
