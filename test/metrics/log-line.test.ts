import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLog, type LogOptions } from '../../src/log.ts'
import type { Observation } from '../../src/metrics/observation.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { STAGE_NAMES, type Stages } from '../../src/metrics/stages.ts'
import { groupOf, toObserved } from '../support/observed.ts'

const STAGES: Stages = STAGE_NAMES.map(() => 1)

const HIT: Observation = {
  ...toRefused(200),
  outcome: { kind: 'hit', tier: 'memory', ttlSeconds: 5 },
  endpoint: '/api/chat',
  kind: 'text',
  model: 'tiny:latest',
  durationMs: 0.4567,
  stages: STAGES,
  saved: { costMs: 1234.5, tokens: 9 },
}
const MISS: Observation = {
  ...HIT,
  outcome: { kind: 'miss', reason: 'absent' },
  saved: undefined,
  client: 'left',
  capped: 'capped',
}

const BEGIN = Date.UTC(2026, 0, 1)

function open(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const output = { write: (line: string) => lines.push(line), dropped: 3 }
  const look = { level: 'info', format: 'json', screen: 'none', label: '' } as const
  const made = createLog({ ...look, output, ...options })
  const note = (observation: Observation, at = BEGIN) =>
    made.requests.note(groupOf(observation), at)
  return { lines, note, ...made }
}

const parse = (line = ''): Record<string, unknown> => JSON.parse(line)

describe('the line of a request', () => {
  it('is what pino would have written', () => {
    const { log, note, lines } = open({ label: 'demo: ' })
    note(MISS)
    const { time, msg, level, ...fields } = parse(lines[0])
    log.info(fields, 'miss')
    const byPino = parse(lines[1])
    expect({ ...byPino, time }).toEqual({ time, msg, level, ...fields })
    expect(Object.keys(byPino)).toEqual(Object.keys(parse(lines[0])))
    expect(lines[0]?.endsWith('}\n')).toBe(true)
  })

  it('has the instant it was given', () => {
    const { note, lines } = open()
    note(HIT)
    note(HIT, BEGIN + 1_234)
    expect(lines.map((line) => parse(line).time)).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:01.234Z',
    ])
  })

  it('is one line of JSON whatever the model and the label are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (model, label) => {
        const { note, lines } = open({ label })
        note({ ...HIT, model })
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
        expect(parse(lines[0])).toMatchObject({
          model,
          msg: `${label}hit`,
          savedMs: 1235,
          ms: 0.46,
        })
      }),
    )
  })

  it('tells where the time went, of a hit only where every word is wanted', () => {
    const info = open()
    const debug = open({ level: 'debug' })
    for (const { note } of [info, debug]) for (const each of [HIT, MISS]) note(each)
    const told = ({ lines }: typeof info) => lines.map((line) => parse(line).stages !== undefined)
    expect([told(info), told(debug)]).toEqual([
      [false, true],
      [true, true],
    ])
  })

  it('says as bytes what it says as text, whatever came before', () => {
    const some = fc.record({
      base: fc.constantFrom(HIT, MISS, { ...HIT, status: 404 }, { ...HIT, bytes: 7 }),
      durationMs: fc.oneof(fc.double({ min: 0, max: 12, noNaN: true }), fc.nat(1e6)),
      model: fc.constantFrom('tiny', 'größe'),
      laterMs: fc.constantFrom(0, 0, 1, 86_400_000),
    })
    fc.assert(
      fc.property(fc.array(some, { minLength: 2, maxLength: 20 }), (all) => {
        const text = open()
        const lines: string[] = []
        const write = (line: string) => lines.push(line)
        const writeBytes = (line: Buffer) => lines.push(line.toString())
        const bytes = open({ output: { write, writeBytes } })
        const ended = all.map(({ base, laterMs: _, ...rest }) => ({ ...base, ...rest }))
        let at = BEGIN
        for (const [i, group] of toObserved(ended).entries()) {
          at += all[i]?.laterMs ?? 0
          for (const each of [text, bytes]) each.requests.note(group, at)
        }
        expect(lines).toHaveLength(all.length)
        expect(lines).toEqual(text.lines)
      }),
    )
  })

  it('is not made where nobody wants it, and a sentence where a person reads it', () => {
    const silent = open({ level: 'warn' })
    silent.note(HIT)
    expect(silent.lines).toEqual([])
    const pretty = open({ format: 'pretty', screen: 'plain' })
    pretty.note(HIT)
    expect(pretty.lines[0]).toContain('hit /api/chat tiny:latest 200 0.46 ms 0 B, saved 1235 ms')
  })

  it('is counted by its output where it was dropped', () => {
    expect(open().requests.dropped).toBe(3)
  })
})
