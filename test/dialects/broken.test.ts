import { describe, expect, it } from 'vitest'
import { loadExperiment } from '../support/corpus.ts'
import type { Plan } from '../support/origin-plan.ts'
import { listEvents } from './support/comparable.ts'
import { DIALECTS, type DialectStage, openDialects } from './support/stage.ts'

const RECORDED = ['killed-v1-stream', 'killed-messages-stream', 'killed-chat-stream']

function toPlan(events: readonly string[], ending: Plan['ending'] = 'proper'): Plan {
  return {
    status: 200,
    headers: [['Content-Type', 'text/event-stream']],
    pieces: events.map((event) => Buffer.from(event)),
    framing: 'chunked',
    ending,
    head: 'sent',
  }
}

/** Asks twice: each gets what came, and the model runs each time. */
async function expectNotKept(
  stage: DialectStage,
  { path, body }: (typeof DIALECTS)[number],
  plan: Plan,
): Promise<void> {
  for (const _ of [1, 2]) {
    stage.origin.answerWith(path, plan)
    const answer = await stage.ask(path, { ...body, stream: true })
    expect(answer.header('x-cache')).toBe('MISS')
    // A client that did not ask for the usage sees none, wherever the stream ends.
    const seen = listEvents(Buffer.concat(plan.pieces)).filter((each) => !/"usage":\{"p/.test(each))
    expect(answer.body.toString()).toBe(seen.join(''))
    expect(answer.end).toBe(plan.ending === 'proper' ? 'proved' : 'cut')
  }
}

describe.each(RECORDED)('the recorded %s', (name) => {
  const { request, response } = loadExperiment(name)
  const path = request.line.split(' ')[1] ?? ''
  const body = JSON.parse(request.text ?? '') as Record<string, unknown>
  const type = path.startsWith('/v1/') ? 'text/event-stream' : 'application/x-ndjson'
  const plan: Plan = {
    ...toPlan([response.text ?? '']),
    headers: [['Content-Type', type]],
  }

  it('is passed on as it was, and never given again', async () => {
    const stage = await openDialects()
    stage.origin.setModel('tiny-long:latest', 'tiny-long')
    for (const _ of [1, 2]) {
      stage.origin.answerWith(path, plan)
      const answer = await stage.ask(path, body)
      expect(answer.body.toString()).toBe(response.text)
      expect([answer.status, answer.end]).toEqual([200, 'proved'])
      expect(answer.header('x-cache')).toBe('MISS')
    }
    expect(stage.origin.calls(path)).toHaveLength(2)
  })

  it('is an error for a client that wants the whole', async () => {
    const stage = await openDialects()
    stage.origin.setModel('tiny-long:latest', 'tiny-long')
    stage.origin.answerWith(path, plan)
    const answer = await stage.ask(path, { ...body, stream: false })
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.body.toString())).toHaveProperty('error')
  })
})

describe.each(DIALECTS)('a stream of $path', (dialect) => {
  const { path, body } = dialect

  async function record(stage: DialectStage): Promise<string[]> {
    const usage = path.endsWith('completions') ? { stream_options: { include_usage: true } } : {}
    return listEvents((await stage.direct(path, { ...body, ...usage, stream: true })).body)
  }

  it('that ends cleanly before its last event is not kept, wherever it ends', async () => {
    const stage = await openDialects()
    const events = await record(stage)
    // Only the OpenAI chat tells the usage beside the frames: its place is another, the rule the same.
    const cuts = path === '/v1/completions' ? [0] : [0, 1, 3, events.length - 2, events.length - 1]
    for (const cut of cuts) await expectNotKept(stage, dialect, toPlan(events.slice(0, cut)))
    expect((await stage.ask(path, { ...body, stream: true })).header('x-cache')).toBe('MISS')
    expect((await stage.ask(path, { ...body, stream: true })).header('x-cache')).toBe('HIT')
  })

  it('that is cut stays cut, and is not kept', async () => {
    const stage = await openDialects()
    const events = await record(stage)
    for (const ending of ['close', 'reset'] as const) {
      stage.origin.answerWith(path, toPlan(events.slice(0, 4), ending))
      const answer = await stage.ask(path, { ...body, stream: true })
      expect([answer.end, answer.header('x-cache')]).toEqual(['cut', 'MISS'])
    }
    stage.origin.answerWith(path, toPlan(events.slice(0, 4), 'close'))
    expect((await stage.ask(path, body)).status).toBe(502)
    expect((await stage.ask(path, body)).header('x-cache')).toBe('MISS')
  })

  it.each([
    ['an error in the middle', (events: string[]) => events.toSpliced(3, 0, ERROR)],
    ['an error behind the end', (events: string[]) => [...events, ERROR]],
    ['its end twice', (events: string[]) => [...events, events.at(-1) ?? '']],
    ['its end first', (events: string[]) => [events.at(-1) ?? '', ...events]],
    ['half an event behind the end', (events: string[]) => [...events, 'data: {"id"']],
    ['two lines of data', (events: string[]) => events.toSpliced(2, 0, 'data: {}\ndata: {}\n\n')],
    ['what is no JSON', (events: string[]) => events.toSpliced(2, 0, 'data: {"id"\n\n')],
  ] as const)('with %s is not kept', async (_what, spoil) => {
    const stage = await openDialects()
    const events = await record(stage)
    stage.origin.answerWith(path, toPlan(spoil([...events])))
    const first = await stage.ask(path, { ...body, stream: true })
    expect(first.status).toBe(200)
    expect((await stage.ask(path, { ...body, stream: true })).header('x-cache')).toBe('MISS')
    expect(stage.origin.calls(path).length).toBe(3)
  })
})

const ERROR = 'event: error\ndata: {"error":{"message":"broken","type":"api_error"}}\n\n'
