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
  if (bytes.length > PIECE_BYTES) endInPieces(response, bytes, options)
  else endAtOnce(response, bytes, options)
}

function endAtOnce(response: ServerResponse, bytes: Buffer, options: StallOptions): void {
  response.end(bytes)
  // Most often the system has taken all of it by now, and there is nothing to wait for.
  if ((response.socket?.writableLength ?? 0) === 0) return
  const stall = startStall(response, options)
  response.once('finish', () => stall.cancel())
  response.once('close', () => stall.cancel())
}

function endInPieces(response: ServerResponse, bytes: Buffer, options: StallOptions): void {
  let at = 0
  let stall: Timer | undefined
  const goOn = (): void => {
    stall?.cancel()
    while (bytes.length - at > PIECE_BYTES) {
      at += PIECE_BYTES
      if (response.write(bytes.subarray(at - PIECE_BYTES, at))) continue
      stall = startStall(response, options)
      return
    }
    response.off('drain', goOn)
    endAtOnce(response, bytes.subarray(at), options)
  }
  response.on('drain', goOn)
  response.once('close', () => stall?.cancel())
  goOn()
}
