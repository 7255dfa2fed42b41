import { describe, expect, it } from 'vitest'
import type { RawAnswer, RawRequest } from '../support/raw-client.ts'
import { exchange } from '../support/raw-client.ts'
import { PATH, startCrew } from './support/crew.ts'

const question = (prompt: string, more: object = {}) =>
  JSON.stringify({ model: 'tiny', prompt, ...more })

/** One of each kind that goes another way. */
const REQUESTS: Readonly<Record<string, RawRequest>> = {
  'a path of the origin': { path: '/api/version' },
  'a HEAD': { method: 'HEAD', path: '/' },
  'a path that nobody has': { path: '/nobody' },
  'a path that is refused': { path: '/api%2fversion' },
  'a path that is redirected': { path: '//api/version' },
  'a host that is not ours': { path: '/api/version', headers: [['Host', 'elsewhere.example']] },
  'a page that is not allowed': {
    path: '/api/version',
    headers: [['Origin', 'https://elsewhere.example']],
  },
  'a page that is allowed': {
    path: '/api/version',
    headers: [['Origin', 'http://localhost:3000']],
  },
  'a preflight': {
    method: 'OPTIONS',
    path: PATH,
    headers: [
      ['Origin', 'http://localhost:3000'],
      ['Access-Control-Request-Method', 'POST'],
    ],
  },
  'no host': { path: '/', head: 'GET / HTTP/1.1\r\n\r\n' },
  'two hosts': { path: '/', head: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' },
  'a whole URL': {
    path: '/',
    head: 'GET http://localhost/api/version HTTP/1.1\r\nHost: x\r\n\r\n',
  },
  'an older client': { method: 'POST', path: PATH, httpVersion: '1.0', body: question('old') },
  'a client that closes': {
    method: 'POST',
    path: PATH,
    headers: [['Connection', 'close']],
    body: question('close'),
  },
  'a client that waits for leave': {
    method: 'POST',
    path: PATH,
    headers: [['Expect', '100-continue']],
    body: question('expect'),
  },
  'a body in chunks': {
    method: 'POST',
    path: PATH,
    headers: [['Transfer-Encoding', 'chunked']],
    body: `${question('chunks').length.toString(16)}\r\n${question('chunks')}\r\n0\r\n\r\n`,
  },
  'a body over the limit': {
    method: 'POST',
    path: PATH,
    body: question('x'.repeat(300_000), { stream: false }),
  },
  'an unknown profile': {
    method: 'POST',
    path: PATH,
    headers: [['X-Reprise-Profile', 'nobody']],
    body: question('profile'),
  },
  'only a known answer': {
    method: 'POST',
    path: PATH,
    headers: [['Cache-Control', 'only-if-cached']],
    body: question('not known'),
  },
  'a body that is not JSON': { method: 'POST', path: PATH, body: '{' },
  'a body that is read by the origin alone': {
    method: 'POST',
    path: '/api/show',
    body: question('x'),
  },
  'a reserved path': { path: '/reprise/health' },
  'a reserved path with a token that is wrong': {
    method: 'POST',
    path: '/reprise/purge',
    headers: [['Authorization', 'Bearer nobody']],
    body: '{"all":true}',
  },
}

/**
 * All but what is another at every answer: which tier of which process had it, and the stages that are known when the head
 * goes out: those behind the first frame are, where the rest came in the same read of the origin.
 */
function toComparable({ line, headers, body, chunks, end }: RawAnswer) {
  const lines = headers.map(([name, value]) => `${name}: ${toSteady(value)}`)
  return { line, lines, body: toSteady(body.toString()), pieces: chunks.length, end }
}

function toSteady(text: string): string {
  return text
    .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, 'date')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'instant')
    .replace(/reprise-[0-9a-f]{8}/g, 'reprise')
    .replace(/dur=[\d.]+/g, 'dur')
    .replace(/(firstFrame;dur).*(, total;dur)/, '$1$2')
    .replace(/detail=(memory|sqlite)/, 'detail=tier')
    .replace(/127\.0\.0\.1:\d+/g, 'origin')
}

describe('what workers hand over', () => {
  it('is answered as by one process, to the byte', async () => {
    // Each has an origin of its own, which are alike.
    const environment = { REPRISE_CACHE_MAX_BODY_BYTES: '100000' }
    const [alone, crew] = await Promise.all([
      startCrew({ workers: 1, environment }),
      startCrew({ environment }),
    ])
    for (const [name, request] of Object.entries(REQUESTS)) {
      const answers = [await exchange(crew.port, request), await exchange(crew.port, request)]
      const expected = [await exchange(alone.port, request), await exchange(alone.port, request)]
      expect
        .soft({ [name]: answers.map(toComparable) })
        .toEqual({ [name]: expected.map(toComparable) })
    }
  }, 60_000)
})
