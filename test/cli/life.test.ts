import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import SqliteDatabase from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DATABASE_NAME, TABLE } from '../../src/store/schema.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname
const dataDir = mkdtempSync(join(tmpdir(), 'reprise-life-'))
let origin: SimulatedOrigin

beforeAll(async () => {
  origin = await startOrigin()
})

afterAll(async () => {
  await origin.close()
  rmSync(dataDir, { recursive: true })
})

async function serve() {
  const flags = ['--listen', '127.0.0.1:0', '--upstream', origin.url, '--data-dir', dataDir]
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags])
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port !== undefined) return { child, port: Number(port) }
  }
  throw new Error('no start line')
}

/** Resolves once the database says so: it is written behind. */
async function isWritten(hits: number): Promise<void> {
  const database = new SqliteDatabase(join(dataDir, DATABASE_NAME), { readonly: true })
  const note = database.prepare(`SELECT value FROM ${TABLE.notes} WHERE name = 'life'`).pluck()
  const read = () => JSON.parse((note.get() as string | undefined) ?? '{}').requests?.hit
  while (read() !== hits) await new Promise((resolve) => setImmediate(resolve))
  database.close()
}

const QUESTION = { model: 'tiny', prompt: 'lasting' }

it('the life of the cache survives kill -9, expiry and a stop in good order, and ends with stats --reset', async () => {
  const first = await serve()
  for (let i = 0; i < 3; i++) await postJson(first.port, '/api/generate', QUESTION)
  await isWritten(2)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await startReprise({ upstream: origin.url, dataDir })
  await postJson(second.port, '/api/generate', QUESTION)
  const listen = ['--listen', `127.0.0.1:${second.port}`, '--data-dir', dataDir]
  expect((await reprise(['purge', '--expired', '--yes', ...listen])).status).toBe(0)
  const { requests, saved, life } = second.stats()
  expect([requests.hit, saved.generations]).toEqual([1, 1])
  expect(life.requests).toMatchObject({ hit: 3, miss: 1 })
  expect(life.saved).toMatchObject({ seconds: 6, generations: 3 })
  expect((await reprise(['stats', ...listen])).out).toMatch(/saved 2\.0 s since.*, 6\.0 s over/)
  await second.close()

  const third = await startReprise({ upstream: origin.url, dataDir })
  expect(third.stats().life.requests).toMatchObject({ hit: 3, miss: 1 })
  expect(third.stats().life.since).toBe(life.since)
  const where = ['--listen', `127.0.0.1:${third.port}`, '--data-dir', dataDir]
  expect((await reprise(['stats', '--reset', ...where])).status).toBe(0)
  await third.close()

  const last = await startReprise({ upstream: origin.url, dataDir })
  expect(last.stats().life.requests).toMatchObject({ hit: 0, miss: 0 })
  expect(last.stats().life.since > life.since).toBe(true)
  await last.close()
})
