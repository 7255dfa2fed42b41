import { isUtf8 } from 'node:buffer'
import { chmodSync, createWriteStream, mkdirSync, statSync, type WriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { HEADER } from '../http/headers.ts'
import type { Exchange } from './exchange.ts'

/** What is said of the configuration. */
interface CaptureSettings {
  readonly dataDir: string
  readonly capture: { readonly requests: boolean; readonly maxBytes: number }
}

/** The file in the data directory. */
const CAPTURE_NAME = 'requests.jsonl'

/** The capture of a server; undefined where requests are not to be written down. */
export function openCapture(
  { dataDir, capture }: CaptureSettings,
  log: { warn(fields: object, sentence: string): void },
): Capture | undefined {
  if (!capture.requests) return undefined
  return createCapture({
    path: join(dataDir, CAPTURE_NAME),
    maxBytes: capture.maxBytes,
    onFull: () =>
      log.warn(
        { maxBytes: capture.maxBytes },
        `${CAPTURE_NAME} is as long as capture.maxBytes allows: requests are no longer written down until it is moved away and Reprise is started again`,
      ),
    onFault: (error) =>
      log.warn({ err: error }, `${CAPTURE_NAME} cannot be written: requests are not written down`),
  })
}

/** A request that may be written down. */
export interface CapturedRequest {
  /** With its query, where it has one. */
  readonly path: string
  readonly body: Buffer
  /** The injection profile the client named. */
  readonly profile: string | undefined
}

/** Writes requests down, for people who accept that a file holds prompts. */
export interface Capture {
  /** Returns at once; the line is written later. */
  note(request: CapturedRequest): void
  /** Waits until all that was noted is in the file. */
  close(): Promise<void>
}

/** Notes the requests that the steps read; what is to leave no trace is not written down either. */
export function toNote(
  capture: Capture | undefined,
): ((exchange: Exchange, body: Buffer) => void) | undefined {
  if (capture === undefined) return undefined
  return ({ path, query, request, directives }, body) => {
    const profile = request.headers[HEADER.profile.toLowerCase()]
    if (directives.noStore) return
    capture.note({ path: path + query, body, profile: [profile].flat()[0] })
  }
}

/** What it needs of the rest. */
export interface CaptureOptions {
  /** The file; made at the first request, for its owner alone. */
  readonly path: string
  /** The file grows no longer than this. */
  readonly maxBytes: number
  /** Called once, when a request does not fit into the file: nothing is written down from then on. */
  onFull(): void
  /** Called once, when the file cannot be written: nothing is written down from then on. */
  onFault(error: unknown): void
}

/** So many bytes may wait for the disk; what comes then is left out. */
const WAITING_BYTES = 64 * 1024 * 1024

/** Appends a line of JSON for each request, as `reprise warm` and `reprise explain` read it. */
export function createCapture({ path, maxBytes, onFull, onFault }: CaptureOptions): Capture {
  let file: WriteStream | undefined
  /** What has been written and what waits for it. */
  let bytes = 0
  let isBroken = false
  let isFull = false

  function giveUp(error: unknown): void {
    if (!isBroken) onFault(error)
    isBroken = true
  }

  function append(to: WriteStream, line: Buffer): void {
    isFull = bytes + line.length > maxBytes
    if (isFull) onFull()
    else {
      bytes += line.length
      to.write(line)
    }
  }

  function open(): WriteStream {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    const stream = createWriteStream(path, { flags: 'a', mode: OWNER_ONLY })
    // One that was there may have been readable by others.
    stream.on('open', () => chmodSync(path, OWNER_ONLY))
    stream.on('error', giveUp)
    return stream
  }

  return {
    note(request) {
      if (isBroken || isFull) return
      try {
        file ??= open()
        const line = file.writableLength > WAITING_BYTES ? undefined : toLine(request)
        if (line !== undefined) append(file, line)
      } catch (error) {
        giveUp(error)
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (file === undefined || isBroken) resolve()
        else file.once('close', () => resolve()).end()
      }),
  }
}

const OWNER_ONLY = 0o600

/** A JSON body stands as it was sent; of another the text; what is no text is left out. */
function toLine({ path, body, profile }: CapturedRequest): Buffer | undefined {
  if (!isUtf8(body)) return undefined
  const headers = profile === undefined ? undefined : { [HEADER.profile]: profile }
  const head = JSON.stringify({ path, headers }).slice(0, -1)
  const value = isJson(body) ? toOneLine(body) : JSON.stringify(body.toString())
  return Buffer.concat([Buffer.from(`${head},"body":`), Buffer.from(value), Buffer.from('}\n')])
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString())
    return true
  } catch {
    return false
  }
}

/** In JSON a line end can stand only where white space may. */
function toOneLine(body: Buffer): Buffer {
  return Buffer.from(body).map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)) as Buffer
}
