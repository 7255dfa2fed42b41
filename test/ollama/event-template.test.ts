import { describe, expect, it } from 'vitest'
import {
  type EventTemplate,
  prepareEvents,
  prepareWhole,
  renderEvents,
} from '../../src/ollama/event-template.ts'
import { createIdMint } from '../../src/ollama/fresh-ids.ts'
import { EVENT_ANSWERS, EVENT_STREAMS, type RecordedEvents, toEvents } from './recorded-events.ts'

/** Numbers in a row instead of chance. */
function createRow(): () => number {
  let last = 0
  return () => {
    last = (last + 0.137) % 1
    return last
  }
}

const render = (template: EventTemplate, model: string, random = createRow()) =>
  Buffer.concat(
    renderEvents(template, { model, createdSeconds: 1_800_000_000, mintId: createIdMint(random) }),
  ).toString()

const prepare = ({ form, route, exchange }: RecordedEvents) => {
  const { body } = exchange.response
  return form === 'whole'
    ? prepareWhole(route, body)
    : prepareEvents(route, toEvents(body), 'shown')
}

/** Everything that is replaced, replaced by nothing. */
const blank = (text: string) =>
  text
    .replace(/"(id|item_id)":"(chatcmpl|cmpl|resp|msg|rs|fc)[-_]\w+"/g, '"$1":"$2"')
    .replace(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
    .replace(/"model":"[^"]*"/g, '"model":""')

const listIds = (text: string) =>
  [...text.matchAll(/"(?:id|item_id)":"((?:chatcmpl|cmpl|resp|msg|rs|fc)[-_]\w+)"/g)].map(
    ([, id]) => id!,
  )

describe('a recorded answer that is given again', () => {
  it.each(EVENT_ANSWERS)('$version $name differs in ids, instants and the name only', (answer) => {
    const before = answer.exchange.response.body.toString()
    const after = render(prepare(answer), 'ti<ny')
    expect(blank(after)).toBe(blank(before))
    expect(after).toContain('"model":"ti\\u003cny"')
    const instants = [...after.matchAll(/"(?:created|created_at|completed_at)":(\d+)/g)]
    expect(new Set(instants.map(([, instant]) => instant)).size).toBeLessThan(2)
  })

  it.each(EVENT_ANSWERS)('$version $name has new ids, alike where they were alike', (answer) => {
    const before = listIds(answer.exchange.response.body.toString())
    const after = listIds(render(prepare(answer), 'm'))
    const other = listIds(render(prepare(answer), 'm', () => 0.5))
    const pairs = new Set(before.map((id, i) => `${id} ${after[i]}`))
    expect(after).toHaveLength(before.length)
    expect(pairs.size).toBe(new Set(before).size)
    expect(after).not.toEqual(other)
    const sort = (id: string) => id.replace(/(?<=msg_)[0-9a-f]{24}|\d+/g, '')
    expect(after.map(sort)).toEqual(before.map(sort))
  })
})

describe('ids', () => {
  it('of items are made after the id of their answer', () => {
    const mint = createIdMint(createRow())
    const response = mint('resp_12')
    expect(response).toMatch(/^resp_\d+$/)
    expect(mint('rs_resp_12')).toBe(`rs_${response}`)
    expect(mint('fc_resp_12_3')).toBe(`fc_${response}_3`)
    expect(mint('fc_77_1')).toMatch(/^fc_\d+_1$/)
  })

  it('that the model gave stay', () => {
    const mint = createIdMint(createRow())
    expect(['call_9qo4o29l', '', 'x'].map(mint)).toEqual(['call_9qo4o29l', '', 'x'])
  })

  it('keep to the range Ollama takes them from', () => {
    const mint = createIdMint(() => 0.999_999_9)
    expect(mint('chatcmpl-1')).toBe('chatcmpl-998')
    expect(mint('cmpl-1')).toBe('cmpl-998')
    expect(mint(`msg_${'0'.repeat(24)}`)).toBe(`msg_${'f'.repeat(24)}`)
  })
})

describe('frames that hold no JSON', () => {
  it('are given as they are', () => {
    const frames = ['data: [DONE]\n\n', ': note\n\n'].map((text) => Buffer.from(text))
    expect(render(prepareEvents('/v1/completions', frames, 'hidden'), 'm')).toBe(
      'data: [DONE]\n\n: note\n\n',
    )
    expect(render(prepareWhole('/v1/completions', Buffer.from('no')), 'm')).toBe('no')
  })

  it('are among the recorded ones', () => {
    expect(EVENT_STREAMS.length).toBeGreaterThan(20)
  })
})
