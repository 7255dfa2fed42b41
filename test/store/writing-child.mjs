// Writes entries until it is killed: `node writing-child.mjs <data directory> <number of the first>`.
// Says `open`, then after each flush the number of the last entry that is committed.
import { createHash } from 'node:crypto'
import { systemClock } from '../../dist/clock.js'
import { createSqliteStore } from '../../dist/store/sqlite.js'

const [dataDir, first] = process.argv.slice(2)
const sha = (text) => createHash('sha256').update(text).digest('hex')
const store = createSqliteStore({
  dataDir,
  maxBytes: 512 * 1024 * 1024,
  clock: systemClock,
  writerUrl: new URL('../../dist/store/writer-thread.js', import.meta.url),
  tell: (event) =>
    event.kind === 'committed' ||
    event.kind === 'removed' ||
    process.stderr.write(`${JSON.stringify(event)}\n`),
})
process.stdout.write('open\n')

const passing = (n) => ({
  key: sha(`passing ${n}`),
  partition: '',
  route: '/api/embed',
  kind: 'embedding',
  model: 'passing',
  digest: sha('digest'),
  contentType: 'application/json',
  storedAt: Date.now(),
  expiresAt: Date.now() + 3_600_000,
  costMs: 1,
  tokens: 0,
  frames: [Buffer.alloc(n % 5_000, n)],
})

for (let n = Number(first); ; n++) {
  store.put({
    key: sha(`key ${n}`),
    partition: '',
    route: '/api/chat',
    kind: 'text',
    model: `model-${n}`,
    digest: sha('digest'),
    contentType: 'application/x-ndjson',
    storedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    costMs: n,
    tokens: n,
    frames: Array.from({ length: n % 200 }, (_, i) => Buffer.from(`${sha(`${n} ${i}`)}\n`)),
  })
  // A mixed load: hits, removals of what a test does not ask for, and now and then a purge of them.
  void store.get(sha(`key ${n - 3}`))
  store.put({ ...passing(n) })
  if (n % 7 === 0) store.remove(sha(`passing ${n}`))
  if (n % 50 !== 0) continue
  if (n % 250 === 0) await store.purge({ route: '/api/embed' }, 'purge')
  await store.flush()
  process.stdout.write(`${n}\n`)
}
