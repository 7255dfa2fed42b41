import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exchange, type RawAnswer } from '../../support/raw-client.ts'
import type { TestServer } from '../../support/reprise.ts'

/** The header that shows the token of a server. */
export function tokenOf({ dataDir }: Pick<TestServer, 'dataDir'>): [string, string] {
  const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
  return ['Authorization', `Bearer ${token}`]
}

/** An answer's body as JSON. */
export function jsonOf(answer: RawAnswer) {
  return JSON.parse(answer.body.toString())
}

/** GET of a reserved path. */
export async function get(reprise: TestServer, path: string) {
  return jsonOf(await exchange(reprise.port, { path }))
}

/** POST to a reserved path, with the token. */
export function order(
  reprise: TestServer,
  path: string,
  body: unknown = {},
  headers: readonly (readonly [string, string])[] = [tokenOf(reprise)],
): Promise<RawAnswer> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return exchange(reprise.port, { method: 'POST', path, headers, body: text })
}

/** Resolves once the server keeps so many entries: an answer is out a moment before it is kept. */
export async function keeps(reprise: TestServer, entries: number): Promise<void> {
  while ((await get(reprise, '/reprise/entries')).total !== entries);
}
