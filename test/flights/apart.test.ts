import { describe, expect, it } from 'vitest'
import { answersOf, openStage, PATH, textsOf, times } from './support/stage.ts'

const VARIETY = { options: { temperature: 0.9 } }

describe('questions that are not shared', () => {
  it('all go at once where their answers could not be kept', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = times(50, () => stage.ask('q', VARIETY))
    await stage.origin.waitForCall(PATH, 50)
    barrier.release()
    const answers = await answersOf(clients)
    const statuses = new Set(answers.map((answer) => answer.header('cache-status')))
    expect([...statuses]).toEqual(['reprise; fwd=bypass; detail=temperature'])
    expect(textsOf(answers)).toEqual([(await stage.direct('q')).body.toString()])
  })

  it('are all that differ in their key', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 5)
    const prompts = times(20, (index) => `q${index}`)
    const clients = prompts.map((prompt) => stage.ask(prompt))
    await stage.origin.waitForCall(PATH, 20)
    barrier.release()
    const answers = await answersOf(clients)
    expect(new Set(stage.prompts())).toEqual(new Set(prompts))
    const expected = await Promise.all(prompts.map((prompt) => stage.direct(prompt)))
    expect(answers.map(({ body }) => body)).toEqual(expected.map(({ body }) => body))
  })

  it('are those that come when more has come than may be kept, and nothing of it is stored', async () => {
    const stage = await openStage({ flags: { 'flight.maxBytes': 500 } })
    const barrier = stage.origin.hold(PATH, 8)
    const early = stage.ask('q')
    await early.frames(8)
    const late = stage.ask('q', { stream: false })
    await stage.origin.waitForCall(PATH, 2)
    barrier.release()
    const [first, second] = await answersOf([early, late])
    expect(first?.body).toEqual((await stage.direct('q')).body)
    expect(second?.body).toEqual((await stage.direct('q', { stream: false })).body)
    expect(second?.header('cache-status')).toBe('reprise; fwd=miss')
    await stage.reprise.logged({ outcome: 'miss' }, 2)
    const refused = await stage.reprise.metric('reprise_not_stored_total{reason="too-large"}')
    expect(refused).toBe(2)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })
})
