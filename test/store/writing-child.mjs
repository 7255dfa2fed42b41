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
  tell: (event) => event.kind === 'committed' || process.stderr.write(`${JSON.stringify(event)}\n`),
})
process.stdout.write('open\n')

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
  if (n % 50 !== 0) continue
  await store.flush()
  process.stdout.write(`${n}\n`)
}
