import { describe, expect, it } from 'vitest'
import type { Fault } from '../support/origin-faults.ts'
import { answersOf, openStage, PATH, type Stage, textsOf, times } from './support/stage.ts'

const RESET: Fault = { kind: 'reset-before-headers' }

const repeats = (stage: Stage, reason: string) =>
  stage.reprise.metric(`reprise_run_repeats_total{reason="${reason}"}`)

/** So many that wait for one run, every second one for the whole answer, which then goes on. */
async function askTogether(stage: Stage, count: number, point: 'headers' | number = 'headers') {
  const barrier = stage.origin.hold(PATH, point)
  const clients = times(count, (index) => stage.ask('q', index % 2 === 0 ? {} : { stream: false }))
  await stage.store.lookups(count)
  await barrier.arrived
  barrier.release()
  const answers = await answersOf(clients)
  const is = (parity: number) => answers.filter((_, index) => index % 2 === parity)
  return { answers, streams: is(0), wholes: is(1) }
}

describe('a run that fails before its first frame, with fifty who wait', () => {
  it('is taken over by one of them, and all are answered', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, RESET)
    const { answers, streams, wholes } = await askTogether(stage, 50)
    expect(stage.runs()).toBe(2)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(textsOf(streams)).toEqual([(await stage.direct('q')).body.toString()])
    expect(textsOf(wholes)).toEqual([(await stage.direct('q', { stream: false })).body.toString()])
    expect(await repeats(stage, 'promoted')).toBe(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('twice is told to all of them, after exactly two runs', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, RESET, RESET)
    const { answers } = await askTogether(stage, 50)
    expect(stage.runs()).toBe(2)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]))
    expect(textsOf(answers)).toHaveLength(1)
    expect(JSON.parse(answers[0]?.body.toString() ?? '').error).toMatch(/could not be reached/)
    expect(await stage.reprise.metric('reprise_flights_total{end="give-up"}')).toBe(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })
})

describe('an error of the origin', () => {
  it.each([400, 404, 500])(
    'with status %i goes to all who wait, and is not stored',
    async (status) => {
      const stage = await openStage()
      stage.origin.fail(PATH, { kind: 'status', status, error: 'no' })
      const { answers } = await askTogether(stage, 20)
      expect(stage.runs()).toBe(1)
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]))
      expect(textsOf(answers)).toEqual(['{"error":"no"}'])
      const next = await stage.ask('q').answer
      expect([next.status, next.header('x-cache'), stage.runs()]).toEqual([200, 'MISS', 2])
    },
  )

  it('is not for those who come when it is known', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, { kind: 'status', status: 500, error: 'no' })
    const barrier = stage.origin.hold(PATH, 0)
    const early = stage.ask('q')
    await early.received(0)
    const late = stage.ask('q')
    await stage.origin.waitForCall(PATH, 2)
    barrier.release()
    const answers = await answersOf([early, late])
    expect(answers.map(({ status }) => status)).toEqual([500, 200])
  })
})

describe('a run that breaks off in the middle', () => {
  it('cuts every streaming client where it was cut, and is 502 to the others', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, { kind: 'close-after', frames: 5 })
    const { streams, wholes } = await askTogether(stage, 10, 3)
    expect(stage.runs()).toBe(1)
    const all = await stage.direct('q')
    const before = Buffer.concat(all.chunks.slice(0, 5)).toString()
    expect(textsOf(streams)).toEqual([before])
    expect(new Set(streams.map(({ end }) => end))).toEqual(new Set(['cut']))
    expect(new Set(wholes.map(({ status, end }) => `${status} ${end}`))).toEqual(
      new Set(['502 proved']),
    )
    expect(JSON.parse(textsOf(wholes)[0] ?? '').error).toMatch(/broke off its answer/)
    expect(await repeats(stage, 'promoted')).toBe(0)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })

  it('with an error line hands it to the streams, and its status to the others', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, { kind: 'error-line', after: 3 })
    const { streams, wholes } = await askTogether(stage, 10, 2)
    expect(stage.runs()).toBe(1)
    const all = await stage.direct('q')
    const [text = '', ...others] = textsOf(streams)
    expect(others).toEqual([])
    expect(text.startsWith(Buffer.concat(all.chunks.slice(0, 3)).toString())).toBe(true)
    expect(text.split('\n').at(-2)).toMatch(/^\{"error":".*unexpected EOF"\}$/)
    expect(new Set(streams.map(({ status, end }) => `${status} ${end}`))).toEqual(
      new Set(['200 proved']),
    )
    expect(new Set(wholes.map(({ status }) => status))).toEqual(new Set([500]))
    expect(JSON.parse(textsOf(wholes)[0] ?? '').error).toMatch(/unexpected EOF/)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })
})
