import { describe, expect, it, onTestFinished } from 'vitest'
import { postJson, send } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'
import {
  canCountConnecting,
  reachConnecting,
  startFullOrigin,
} from '../upstream/support/full-origin.ts'
import { PATH } from './support/stage.ts'

const question = { model: 'tiny', prompt: 'q' }

// Only Linux lists its connections in /proc/net/tcp.
describe.skipIf(!canCountConnecting)('an origin that accepts no connection', () => {
  it('is let go with the client, and asked only once for one that stays', async () => {
    const port = await startFullOrigin()
    // Without a cache nothing but the run itself asks the origin.
    const reprise = await startReprise({
      upstream: `http://127.0.0.1:${port}`,
      flags: { 'cache.enabled': false },
    })
    onTestFinished(() => reprise.close())
    await reachConnecting(port, 0)
    const client = send(reprise.port, {
      method: 'POST',
      path: PATH,
      body: JSON.stringify(question),
    })
    await reachConnecting(port, 1)
    client.abort()
    await reachConnecting(port, 0)
    expect(await reprise.metric('reprise_flights_total{end="abandoned"}')).toBe(1)

    const answer = await postJson(reprise.port, PATH, question)
    expect(answer.status).toBe(502)
    const failures = 'reprise_upstream_errors_total{reason="connect-timeout"}'
    expect(await reprise.metric(failures)).toBe(1)
    expect(await reprise.metric('reprise_run_repeats_total{reason="retried"}')).toBe(0)
  })
})
