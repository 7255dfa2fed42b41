import { createHash, timingSafeEqual } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What proves that somebody may change the cache: who can read a file of its owner. */
export interface AdminToken {
  /** Whether a value of `Authorization` shows the token. Takes equally long however much of it is right. */
  isShownBy(authorization: string | undefined): boolean
  /** The token itself: for the page that is served to its owner, and nothing else. */
  reveal(): string
}

/** A token, and why the file could not be written where it could not: then nobody can know the token. */
export interface OpenedToken {
  readonly token: AdminToken
  readonly fault: unknown
}

/** The file in the data directory. */
const TOKEN_NAME = 'admin-token'
/** Nobody but the owner reads it. */
const OWNER_ONLY = 0o600
/** 256 bits: never guessed. */
const TOKEN_BYTES = 32
/** Base64url of 32 bytes. */
const TOKEN_PATTERN = /^[\w-]{43}$/

/** The token of a data directory: the one that is there, else a new one of `random` bytes. */
export function openAdminToken(dataDir: string, random: (bytes: number) => Buffer): OpenedToken {
  const fresh = random(TOKEN_BYTES).toString('base64url')
  try {
    const text = readAdminToken(dataDir) ?? createToken(dataDir, fresh)
    chmodSync(join(dataDir, TOKEN_NAME), OWNER_ONLY)
    return { token: toToken(text), fault: undefined }
  } catch (fault) {
    return { token: toToken(fresh), fault }
  }
}

/** The token that stands in a data directory; undefined where there is none that can be read. */
export function readAdminToken(dataDir: string): string | undefined {
  try {
    const text = readFileSync(join(dataDir, TOKEN_NAME), 'utf8').trim()
    return TOKEN_PATTERN.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** Written aside and linked: nobody ever reads half a token, and of two servers the first one's stands. */
function createToken(dataDir: string, fresh: string): string {
  const path = join(dataDir, TOKEN_NAME)
  const aside = `${path}.${fresh.slice(0, 8)}`
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(aside, `${fresh}\n`, { mode: OWNER_ONLY, flag: 'wx' })
  try {
    linkSync(aside, path)
    return fresh
  } catch {
    const other = readAdminToken(dataDir)
    if (other !== undefined) return other
    // No token stands in the file, or the file system knows no links.
    writeFileSync(path, `${fresh}\n`, { mode: OWNER_ONLY })
    return fresh
  } finally {
    rmSync(aside, { force: true })
  }
}

function toToken(text: string): AdminToken {
  const expected = toDigest(`Bearer ${text}`)
  return {
    isShownBy: (authorization) => timingSafeEqual(toDigest(authorization ?? ''), expected),
    reveal: () => text,
  }
}

/** Equal lengths for what is compared. */
function toDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
