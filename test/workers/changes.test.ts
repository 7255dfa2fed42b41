import { describe, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import { type CrewServer, PATH, startCrew } from './support/crew.ts'

/** Asks both workers at once; what the origin makes of it cannot be a hit for either. */
async function askBoth({ origin, ask }: CrewServer): Promise<unknown[]> {
  const barrier = origin.hold(PATH, 3)
  const asked = [ask('a'), ask('a')]
  await Promise.all(asked.map(({ received }) => received(100)))
  barrier.release()
  const answers = await Promise.all(asked.map(({ answer }) => answer))
  return answers.map(({ header }) => header('x-cache'))
}

describe('what workers know', { timeout: 60_000 }, () => {
  it('is gone in all of them before a purge is answered', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    for (let round = 2; round < 6; round++) {
      await crew.untilKnown('a', [1, 2])
      const purged = await crew.order('/reprise/purge', { all: true })
      expect(JSON.parse(purged.body.toString())).toEqual({ entries: 1, dryRun: false })
      expect(await askBoth(crew)).not.toContain('HIT')
      expect(crew.origin.calls(PATH)).toHaveLength(round)
    }
  })

  it('is not given for a name that means another model since a call that went through any of them', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    await crew.untilKnown('a', [1, 2])
    crew.origin.setModel('tiny:latest', 'another')
    await postJson(crew.port, '/api/pull', { model: 'tiny', stream: false })
    expect(await askBoth(crew)).not.toContain('HIT')
    expect(crew.origin.calls(PATH)).toHaveLength(2)
  })

  it('is not given for a model that was replaced behind their backs, two seconds later', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    await crew.untilKnown('a', [1, 2])
    crew.origin.setModel('tiny:latest', 'another')
    const changedAt = performance.now()
    let answer = await crew.ask('a').answer
    while (answer.header('x-cache') === 'HIT') answer = await crew.ask('a').answer
    // The rule of two seconds, and one answer that was on its way.
    expect(performance.now() - changedAt).toBeLessThan(3_000)
    expect(crew.origin.calls(PATH)).toHaveLength(2)
  })

  it('is an answer that was made anew, once the first process has it', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    await crew.untilKnown('a', [1, 2])
    const body = JSON.stringify({ model: 'tiny', prompt: 'a' })
    const headers = [['Cache-Control', 'no-cache']] as const
    const made = await postJson(crew.port, PATH, body, headers)
    expect(made.header('x-cache')).toBe('MISS')
    for (const known of await crew.untilKnown('a', [1, 2])) {
      expect(Number(known.header('age'))).toBeLessThan(60)
      expect(known.header('x-cache')).toBe('HIT')
    }
    expect(crew.origin.calls(PATH)).toHaveLength(2)
  })
})
