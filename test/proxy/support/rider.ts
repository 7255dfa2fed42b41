import type { Seat } from '../../../src/proxy/flights.ts'
import type { FrameSource } from '../../../src/proxy/frame-source.ts'

/** How a source ended, in two words at most; undefined while it has not. */
export function nameSourceEnd({ end }: FrameSource): string | undefined {
  if (end?.kind === 'failed') return `failed ${end.failure.reason}`
  return end?.kind === 'refused' ? `refused ${end.error.code}` : end?.kind
}

/** A client in its seat: takes what comes as it comes, until it leaves. */
export function takeSeat(seat: Seat, name: string, pace: 'quick' | 'slow' = 'quick') {
  const { source } = seat
  let got = ''
  let ending: string | undefined
  let isHere = true
  const take = (most: number): void => {
    for (let taken = 0; taken < most; taken++) {
      const frame = cursor.next(1)
      if (frame === undefined) break
      got += frame.bytes.toString()
    }
  }
  const look = (): void => {
    if (pace === 'quick') take(Number.POSITIVE_INFINITY)
    ending = nameSourceEnd(source)
  }
  const cursor = source.open(() => look())
  look()
  return {
    seat,
    /** The model as this client wrote it. */
    name,
    take,
    get got() {
      return got
    },
    get end() {
      return ending
    },
    get isHere() {
      return isHere
    },
    leave(): void {
      isHere = false
      cursor.close()
      seat.leave()
    },
  }
}

/** A client in its seat. */
export type Rider = ReturnType<typeof takeSeat>
