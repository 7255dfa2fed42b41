import { describe, expect, it } from 'vitest'
import { type StoreState, toStoreState } from '../../src/metrics/store-state.ts'
import { startOrigin } from '../support/origin.ts'
import { startReprise } from '../support/reprise.ts'

const after = (...events: string[]): StoreState =>
  events.reduce<StoreState>(toStoreState, 'writing')

describe('the state of the store', () => {
  it.each([
    [[], 'writing'],
    [['unavailable'], 'memory-only'],
    [['locked-by-other', 'dropped', 'removed'], 'memory-only'],
    [['read-only'], 'read-only'],
    [['write-failed'], 'read-only'],
    [['write-failed', 'committed'], 'writing'],
    [['unavailable', 'recovered'], 'writing'],
    [['moved-aside', 'committed', 'file-gone', 'corrupt-row'], 'writing'],
  ] as const)('after %j is %s', (events, state) => {
    expect(after(...events)).toBe(state)
  })

  it('is told from the first event on, also of what happens while the server starts', async () => {
    const origin = await startOrigin()
    const first = await startReprise({ upstream: origin.url })
    const second = await startReprise({ upstream: origin.url, dataDir: first.dataDir })
    expect(await first.metric('reprise_store_state{state="writing"}')).toBe(1)
    expect(await second.metric('reprise_store_state{state="memory-only"}')).toBe(1)
    expect(await second.metric('reprise_store_events_total{event="locked-by-other"}')).toBe(1)
    await second.close()
    await first.close()
    await origin.close()
  })
})
