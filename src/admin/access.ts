import type { IncomingHttpHeaders } from 'node:http'
import { RepriseError } from '../errors.ts'
import type { AdminToken } from './admin-token.ts'

/**
 * Refuses what a page of another site sends. The guard lets in every page that Ollama would; the reserved
 * paths answer only to programs, which send no Origin, and to pages of this very server.
 */
export function refuseOtherSites(headers: IncomingHttpHeaders): void {
  const { origin, host } = headers
  const isForeign = origin !== undefined && toAuthority(origin) !== host?.toLowerCase()
  if (!isForeign && headers['sec-fetch-site'] !== 'cross-site') return
  throw new RepriseError('forbidden', 'this path does not answer to pages of other sites')
}

/** What a browser would put into Host for that origin; undefined for `null` and what is no address. */
function toAuthority(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** Refuses whoever does not show the token: for what changes something, and for what gives answers away. */
export function requireToken(token: AdminToken, headers: IncomingHttpHeaders): void {
  if (token.isShownBy(headers.authorization)) return
  throw new RepriseError(
    'unauthorized',
    'this needs the token in the file admin-token of the server’s data directory (--data-dir, REPRISE_DATA_DIR), as "Authorization: Bearer TOKEN"',
  )
}
