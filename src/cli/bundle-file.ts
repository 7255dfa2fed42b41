import { once } from 'node:events'
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { RepriseError } from '../errors.ts'
import { toFileFault } from './input.ts'

/** What stands in a bundle. */
export interface BundleCount {
  readonly entries: number
  readonly damaged: number
}

/** Whether a file is compressed goes by its name. */
const isGzip = (path: string): boolean => path.endsWith('.gz')

/**
 * Writes what comes into a file, which is there only once all of it has come and been checked; it is for
 * its owner alone, because it holds answers. `onBytes` hears of each chunk.
 */
export async function saveBundle(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): Promise<BundleCount> {
  const aside = `${path}.part`
  try {
    const file = createWriteStream(aside, { mode: 0o600 })
    await once(file, 'open')
    const gzip = isGzip(path) ? createGzip() : undefined
    gzip?.pipe(file)
    const done = finished(file)
    const count = await countBundle(copyInto(gzip ?? file, chunks, onBytes))
    ;(gzip ?? file).end()
    await done
    await sync(aside)
    renameSync(aside, path)
    return count
  } catch (error) {
    rmSync(aside, { force: true })
    throw error instanceof RepriseError ? error : toFileFault(path, error)
  }
}

/** The bytes of a bundle in a file, expanded where it is compressed. `onBytes` hears of each chunk of the file. */
export async function* readBundleFile(
  path: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  file.on('data', (chunk) => onBytes(chunk.length))
  const gunzip = isGzip(path) ? createGunzip() : undefined
  // An error of the file would not reach who reads what comes out.
  if (gunzip) file.on('error', (error) => gunzip.destroy(error)).pipe(gunzip)
  try {
    yield* gunzip ?? file
  } catch (error) {
    throw toFileFault(path, error)
  }
}

/** Size of a file. Throws a sentence that names it. */
export function sizeOfFile(path: string): number {
  try {
    return statSync(path).size
  } catch (error) {
    throw toFileFault(path, error)
  }
}

/** Reads a bundle to its end. Rejects with what is wrong with it. */
export async function countBundle(chunks: AsyncIterable<Buffer>): Promise<BundleCount> {
  const { readBundle } = await import('../admin/bundle-reader.ts')
  const counts = { entries: 0, damaged: 0 }
  for await (const item of readBundle(chunks)) {
    if (item.kind === 'entry') counts.entries += 1
    if (item.kind === 'damaged') counts.damaged += 1
  }
  return counts
}

async function* copyInto(
  file: Writable,
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (!file.write(chunk)) await once(file, 'drain')
    onBytes(chunk.length)
    yield chunk
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}
