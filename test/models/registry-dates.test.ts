import { describe, expect, it } from 'vitest'
import { createFakeOrigin, type FakeOrigin } from './support/fake-origin.ts'
import { createManualClock } from './support/manual-clock.ts'
import { createBench, createReadBench } from './support/registry.ts'

/** Noon of a local day: the same day in the zone of this machine, whichever it is. */
const NOON = new Date(2026, 10, 21, 12).getTime()
const HOUR = 3_600_000

function createDatedOrigin(template = 'Today is {{ currentDate }}'): FakeOrigin {
  const origin = createFakeOrigin()
  origin.tags = [{ name: 'dated:latest', digest: 'd' }]
  origin.templates = { 'dated:latest': template }
  return origin
}

async function stampAt(now: number, place: 'this-machine' | 'elsewhere', date?: string) {
  const origin = createDatedOrigin()
  origin.date = date
  const { registry } = await createReadBench({ origin, place, clock: createManualClock(now) })
  const found = await registry.resolve('dated')
  return found.kind === 'known' ? found.dateStamp : found.kind
}

describe('a model whose template reads the date', () => {
  it.each(['{{ currentDate }}', '{{ yesterdayDate }}', '{{- strftime_now("%d %B %Y") -}}'])(
    'is told by %s',
    async (template) => {
      const { registry } = await createReadBench({ origin: createDatedOrigin(template) })
      expect(await registry.resolve('dated')).not.toMatchObject({ dateStamp: '' })
    },
  )

  it('has one stamp a local day on this machine', async () => {
    const stamp = await stampAt(NOON, 'this-machine')
    expect(stamp).toBe('2026-11-21')
    expect(await stampAt(NOON + 11 * HOUR, 'this-machine')).toBe(stamp)
    expect(await stampAt(NOON + 13 * HOUR, 'this-machine')).toBe('2026-11-22')
  })

  it('has one stamp a quarter of an hour elsewhere, where the time zone is unknown', async () => {
    const stamp = await stampAt(NOON, 'elsewhere')
    expect(await stampAt(NOON + HOUR / 4 - 1, 'elsewhere')).toBe(stamp)
    expect(await stampAt(NOON + HOUR / 4, 'elsewhere')).not.toBe(stamp)
  })

  it("goes by the origin's clock, not by ours", async () => {
    const date = new Date(NOON + 48 * HOUR).toUTCString()
    expect(await stampAt(NOON, 'this-machine', date)).toBe('2026-11-23')
    expect(await stampAt(NOON, 'elsewhere', date)).toBe(
      await stampAt(NOON + 48 * HOUR, 'elsewhere'),
    )
  })

  it('passes midnight between two readings', async () => {
    const clock = createManualClock(new Date(2026, 10, 21, 23, 59, 59, 500).getTime())
    const { registry } = await createReadBench({ origin: createDatedOrigin(), clock })
    expect(registry.resolve('dated')).toMatchObject({ dateStamp: '2026-11-21' })
    clock.advance(600)
    expect(registry.resolve('dated')).toMatchObject({ dateStamp: '2026-11-22' })
  })
})

describe('the look into a template', () => {
  it('happens once for a digest, under whatever name', async () => {
    const { registry, origin } = await createReadBench()
    origin.tags.push({ name: 'copy:latest', digest: 'one' })
    await registry.refresh()
    expect(origin.count('/api/show')).toBe(1)
    expect(registry.resolve('copy')).toMatchObject({ kind: 'known', dateStamp: '' })
  })

  it('is not taken into models that run somewhere else', async () => {
    const { registry, origin } = createBench()
    origin.tags = [{ name: 'far:latest', digest: 'far', remote_host: 'https://ollama.com' }]
    await registry.refresh()
    expect(origin.count('/api/show')).toBe(0)
  })

  it('leaves a model unavailable until it succeeds, and the others known', async () => {
    const { registry, origin } = createBench()
    origin.tags.push({ name: 'odd:latest', digest: 'odd' })
    await registry.refresh()
    expect(registry.resolve('qwen')).toMatchObject({ kind: 'known' })
    expect(await registry.resolve('odd')).toEqual({ kind: 'unavailable' })
    origin.templates['odd:latest'] = ''
    expect(await registry.resolve('odd')).toMatchObject({ kind: 'known' })
  })

  it('is waited for 250 ms at most, and by nobody who asks for another model', async () => {
    const { registry, origin, clock } = await createReadBench()
    origin.tags.push({ name: 'new:latest', digest: 'new' })
    origin.templates['new:latest'] = ''
    const release = origin.hold('/api/show')
    const lookup = registry.resolve('new')
    await new Promise(setImmediate)
    expect(registry.resolve('qwen')).toMatchObject({ kind: 'known' })
    clock.advance(250)
    expect(await lookup).toEqual({ kind: 'unavailable' })
    release()
    expect(await registry.resolve('new')).toMatchObject({ kind: 'known' })
  })
})
