import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../clock.ts'

/** What watching a client needs of the rest. */
export interface StallOptions {
  readonly clock: Pick<Clock, 'startTimer'>
  /** Called for each client that was cut off because it took nothing for too long. */
  onStalled(): void
}

/** How long a client may take nothing while there is something for it, in ms. */
const STALL_LIMIT_MS = 60_000

/** What is handed over at once, in bytes: of a piece nobody hears how much of it was taken. */
const PIECE_BYTES = 1024 * 1024

/** A client that takes nothing for a minute is gone, whatever its connection says. Cancelled when it took something. */
export function startStall(response: ServerResponse, options: StallOptions): Timer {
  return options.clock.startTimer(STALL_LIMIT_MS, () => {
    options.onStalled()
    response.destroy()
  })
}

/** Ends an answer with its last bytes, and cuts the client off that does not take them: a minute for each MiB. */
export function endWatched(response: ServerResponse, bytes: Buffer, options: StallOptions): void {
  endPieces(response, [bytes], options)
}

/** The same with bytes in several pieces, which are not copied into one. */
export function endPieces(
  response: ServerResponse,
  pieces: readonly Buffer[],
  options: StallOptions,
): void {
  const parts = cutAll(pieces)
  const last = parts.length - 1
  let at = 0
  let stall: Timer | undefined
  const goOn = (): void => {
    stall?.cancel()
    for (let size = 0; at < last; at++) {
      if (size >= PIECE_BYTES && response.writableNeedDrain) {
        stall = startStall(response, options)
        return
      }
      size += parts[at]?.length ?? 0
      response.write(parts[at])
    }
    response.off('drain', goOn)
    endAtOnce(response, parts[last] ?? NOTHING, options)
  }
  if (last > 0) {
    response.on('drain', goOn)
    response.once('close', () => stall?.cancel())
  }
  goOn()
}

const NOTHING = Buffer.alloc(0)

function cutAll(pieces: readonly Buffer[]): Buffer[] {
  const parts: Buffer[] = []
  for (const piece of pieces) {
    let at = 0
    for (; at + PIECE_BYTES < piece.length; at += PIECE_BYTES) {
      parts.push(piece.subarray(at, at + PIECE_BYTES))
    }
    parts.push(at === 0 ? piece : piece.subarray(at))
  }
  return parts
}

function endAtOnce(response: ServerResponse, bytes: Buffer, options: StallOptions): void {
  response.end(bytes)
  // Most often the system has taken all of it by now, and there is nothing to wait for.
  if ((response.socket?.writableLength ?? 0) === 0) return
  const stall = startStall(response, options)
  response.once('finish', () => stall.cancel())
  response.once('close', () => stall.cancel())
}
