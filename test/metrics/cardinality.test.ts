import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/metrics/catalog.ts'
import { createObserver } from '../../src/metrics/observe.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { STAGE_NAMES, type Stages } from '../../src/metrics/stages.ts'
import { createTallies } from '../../src/metrics/tally.ts'
import { createModelRegistry } from '../../src/models/registry.ts'
import { hasPromtool, promtoolCheck } from '../monitoring/support/promtool.ts'
import { createManualClock } from '../support/clock.ts'
import { groupOf } from '../support/observed.ts'
import { startOrigin } from '../support/origin.ts'
import { startReprise } from '../support/reprise.ts'
import { createSender } from './support/sender.ts'

const INVENTED = 10_000
/** Over the wire, where each takes some milliseconds. */
const ASKED = process.env.REPRISE_TEST_LONG === '1' ? INVENTED : 1_000
const STAGES: Stages = STAGE_NAMES.map((_, i) => i + 1)

/** A registry whose origin lists one model, and metrics of what it calls the others. */
async function observeInvented() {
  const tallies = createTallies()
  const catalog = createCatalog({
    tallies,
    usage: () => [],
    origin: () => ({ queueDepth: 0, running: 0, flights: 0, breaker: 'closed' }),
    version: '1',
    storeState: 'writing',
    droppedLines: () => 0,
    counting: 'on',
  })
  const observer = createObserver(catalog, tallies)
  const registry = createModelRegistry({
    clock: createManualClock(),
    place: 'this-machine',
    note: { read: () => undefined, write() {} },
    ask: () => Promise.reject(new Error('nobody is there')),
    isReachable: () => true,
    onRead() {},
    onReplaced: async () => {},
  })
  for (let i = 0; i < INVENTED; i++) {
    const model = registry.label(`invented-${i}:${'x'.repeat(i % 50)}"\\\n`)
    observer.observe(groupOf({ ...toRefused(404), model, stages: STAGES, durationMs: 66 }))
    catalog.models.gapsOf(model).add(0.01)
    const totals = { promptTokens: 1, tokens: 1, promptMs: 1, costMs: 2, loadMs: 999 }
    catalog.models.note(model, { ...totals, doneReason: 'stop' })
  }
  return catalog
}

describe('the labels of metrics', () => {
  it('are as few after 10,000 invented models as after one', async () => {
    const text = await (await observeInvented()).render()
    const models = new Set([...text.matchAll(/model="([^"]*)"/g)].map(([, model]) => model))
    expect([...models]).toEqual(['other'])
    expect(text.split('\n').length).toBeLessThan(600)
  })

  it.runIf(hasPromtool)('leave promtool silent after 10,000 invented models', async () => {
    const catalog = await observeInvented()
    expect(promtoolCheck(await catalog.render())).toEqual({ status: 0, said: '' })
  })

  it.runIf(hasPromtool)(
    'are bounded where invented models are asked for',
    async () => {
      const origin = await startOrigin()
      const reprise = await startReprise({ upstream: origin.url })
      const sender = createSender(reprise.port, 8)
      await sender.postAll(
        '/api/generate',
        Array.from({ length: ASKED }, (_, i) => ({ model: `invented-${i}`, prompt: 'x' })),
      )
      const text = await sender.get('/metrics')
      sender.close()
      await reprise.close()
      await origin.close()
      const models = new Set([...text.matchAll(/model="([^"]*)"/g)].map(([, model]) => model))
      expect([...models]).toEqual(['other'])
      expect(promtoolCheck(text)).toEqual({ status: 0, said: '' })
    },
    180_000,
  )
})
