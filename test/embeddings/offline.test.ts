import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

/** A server that never asks, on the data of one that has embedded `a` and `b`. */
async function goOffline() {
  const origin = await startOrigin()
  origin.setModel('minilm:latest', 'minilm').writeVector = writeVector
  const dataDir = mkdtempSync(join(tmpdir(), 'reprise-offline-'))
  const clock = createManualClock(Date.now())
  const flags = { 'ttl.embedding': '60s', 'overload.maxEventLoopDelayMs': 0 }
  const parts = { upstream: origin.url, clock, dataDir }
  const online = await startReprise({ ...parts, flags })
  await postJson(online.port, '/api/embed', { model: 'minilm', input: ['a', 'b'] })
  await online.close()
  const offline = await startReprise({ ...parts, flags: { ...flags, mode: 'offline' } })
  onTestFinished(async () => {
    await offline.close()
    await origin.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const ask = (input: readonly string[]) =>
    postJson(offline.port, '/api/embed', { model: 'minilm', input })
  return { ask, clock, calls: () => origin.calls('/api/embed').length }
}

describe('offline', () => {
  it('known texts are given, however old, and batches with others answered 504', async () => {
    const { ask, clock, calls } = await goOffline()
    const known = await ask(['b', 'a', 'b'])
    expect(known.header('x-cache')).toBe('HIT')
    clock.advance(3 * 24 * 3_600_000)
    const old = await ask(['b', 'a'])
    expect([old.status, old.header('x-cache')]).toEqual([200, 'STALE'])
    expect(cutVectors(old.body)).toEqual([writeVector('b'), writeVector('a')])
    const unknown = await ask(['a', 'c'])
    expect(unknown.status).toBe(504)
    expect(unknown.body.toString()).toContain('mode=offline')
    expect(calls()).toBe(1)
  })
})
