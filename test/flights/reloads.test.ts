import { describe, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import { answersOf, type Client, openStage, PATH, type Stage, times } from './support/stage.ts'

const SMALL = { options: { num_ctx: 2048 } }
const LARGE = { options: { num_ctx: 4096 } }
const ALPHA = [['User-Agent', 'alpha/1']] as const
const BETA = [['User-Agent', 'beta/2']] as const

const switches = (stage: Stage) =>
  stage.reprise.metric('reprise_reload_switches_total{model="tiny:latest"}')

const warnings = (stage: Stage): string[] =>
  stage.reprise.log.map(({ msg }) => String(msg)).filter((msg) => /is asked in turn/.test(msg))

describe('requests that make Ollama reload a model', () => {
  it('are counted, and named in one warning with who sends them', async () => {
    const stage = await openStage()
    await stage.ask('1', SMALL, ALPHA).answer
    await stage.ask('2', SMALL, ALPHA).answer
    await stage.ask('3', LARGE, BETA).answer
    expect([await switches(stage), warnings(stage)]).toEqual([1, []])
    for (const index of times(4, (each) => each)) {
      const [more, headers] = index % 2 === 0 ? [SMALL, ALPHA] : [LARGE, BETA]
      await stage.ask(`again ${index}`, more, headers).answer
    }
    expect(await switches(stage)).toBe(5)
    expect(warnings(stage)).toHaveLength(1)
    expect(warnings(stage)[0]).toMatch(
      /num_ctx=2048[^(]*\(alpha\/1\).*num_ctx=4096[^(]*\(beta\/2\)/,
    )
  })

  it('are not those that are answered from the cache or ride along', async () => {
    const stage = await openStage()
    await stage.ask('small', SMALL).answer
    await stage.ask('large', LARGE).answer
    for (const _turn of times(3, () => 1)) {
      await stage.ask('small', SMALL).answer
      await stage.ask('large', LARGE).answer
    }
    expect([await switches(stage), warnings(stage)]).toEqual([1, []])
  })

  it('over /v1 lead to the settings that end it', async () => {
    const stage = await openStage({ flags: { 'dialects.translate': false } })
    for (const index of times(2, (each) => each)) {
      await stage.ask(`native ${index}`).answer
      const body = { model: 'tiny', messages: [{ role: 'user', content: `q${index}` }] }
      const headers = [['User-Agent', 'openai/1']] as const
      await postJson(stage.reprise.port, '/v1/chat/completions', body, headers)
    }
    expect(await switches(stage)).toBe(3)
    expect(warnings(stage)).toHaveLength(1)
    expect(warnings(stage)[0]).toMatch(
      /openai\/1.*dialects\.translate=true.*inject\.numThread\.mode=off/,
    )
  })
})

/** The order in which six questions of two option sets are run, the first one running when the others come. */
async function order(flags: object): Promise<readonly unknown[]> {
  const stage = await openStage({ flags: { 'queue.concurrency': 1, ...flags } })
  const barrier = stage.origin.hold(PATH, 'headers')
  const questions = [
    ['s1', SMALL],
    ['l1', LARGE],
    ['s2', SMALL],
    ['l2', LARGE],
    ['s3', SMALL],
    ['s4', SMALL],
  ] as const
  const clients: Client[] = []
  for (const [prompt, more] of questions) {
    clients.push(stage.ask(prompt, more))
    await stage.store.lookups(clients.length)
  }
  await barrier.arrived
  barrier.release()
  await answersOf(clients)
  return stage.prompts()
}

describe('queue.groupByLoadOptions', () => {
  it('is off: the order is that of arrival', async () => {
    expect(await order({})).toEqual(['s1', 'l1', 's2', 'l2', 's3', 's4'])
  })

  it('serves those first that need no reload', async () => {
    const expected = ['s1', 's2', 's3', 's4', 'l1', 'l2']
    expect(await order({ 'queue.groupByLoadOptions': true })).toEqual(expected)
  })

  it('passes nobody over more often than queue.groupTurns', async () => {
    const flags = { 'queue.groupByLoadOptions': true, 'queue.groupTurns': 2 }
    expect(await order(flags)).toEqual(['s1', 's2', 's3', 'l1', 'l2', 's4'])
  })
})
