import { createReadStream, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { toFileFault } from './input.ts'

/** A line of a file, counted from 1. */
export interface RequestLine {
  readonly number: number
  readonly text: string
}

/** A file of requests, read line by line: it may be larger than memory. */
export interface RequestFile {
  /** Size of the file. */
  readonly bytes: number
  /** Bytes read so far. */
  read(): number
  /** Lines that are not empty. */
  lines(): AsyncGenerator<RequestLine>
}

/** Throws a sentence that names the file where it cannot be read. */
export function openRequestFile(path: string): RequestFile {
  let bytes: number
  try {
    bytes = statSync(path).size
  } catch (error) {
    throw toFileFault(path, error)
  }
  const stream = createReadStream(path)
  return {
    bytes,
    read: () => stream.bytesRead,
    async *lines() {
      let number = 0
      try {
        for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
          number += 1
          if (text.trim() !== '') yield { number, text }
        }
      } catch (error) {
        throw toFileFault(path, error)
      }
    },
  }
}
