import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { RepriseError } from '../errors.ts'

/** All of a file; of standard input for `-`. Rejects with a sentence that names the file. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await buffer(path === '-' ? process.stdin : createReadStream(path))
  } catch (error) {
    throw toFileFault(path, error)
  }
}

/** That a file cannot be read or written. */
export function toFileFault(path: string, error: unknown): RepriseError {
  const { code, message } = error as NodeJS.ErrnoException
  const why = code === 'ENOENT' ? 'there is no such file' : message
  return new RepriseError('bad-request', `${path}: ${why}`, error)
}
