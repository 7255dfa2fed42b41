import { describe, expect, it } from 'vitest'
import { toComparable } from './support/comparable.ts'
import { DIALECTS, openDialects } from './support/stage.ts'

const OPENAI = DIALECTS.filter(({ path }) => path.endsWith('completions'))

describe.each(OPENAI)('the usage of a stream of $path', ({ path, body }) => {
  const hidden = { ...body, stream: true }
  const shown = { ...hidden, stream_options: { include_usage: true } }
  const denied = { ...hidden, stream_options: { include_usage: false } }

  it('is told to those who ask for it, on a miss as on a hit', async () => {
    for (const first of [hidden, shown, denied, body]) {
      const stage = await openDialects()
      for (const wish of [first, hidden, shown, denied, body]) {
        const answer = await stage.ask(path, wish)
        const direct = await stage.direct(path, wish)
        expect(toComparable(answer.body)).toBe(toComparable(direct.body))
        const isTold = wish === shown || wish === body
        expect(answer.body.includes('"usage"')).toBe(isTold)
      }
      expect((await stage.ask(path, shown)).header('x-cache')).toBe('HIT')
    }
  })

  it('is told to each client of one flight as it asked', async () => {
    const stage = await openDialects()
    for (const wishes of [
      [hidden, shown],
      [shown, hidden],
    ]) {
      const model = wishes[0] === hidden ? 'tiny' : 'other'
      const barrier = stage.origin.hold(path, 2)
      const clients = wishes.map((wish) => stage.send(path, { ...wish, model }))
      await barrier.arrived
      await stage.store.lookups(model === 'tiny' ? 2 : 4)
      barrier.release()
      for (const [index, { answer }] of clients.entries()) {
        const direct = await stage.direct(path, { ...wishes[index], model })
        expect(toComparable((await answer).body)).toBe(toComparable(direct.body))
      }
    }
  })

  it('is counted in any case', async () => {
    const stage = await openDialects()
    await stage.ask(path, hidden)
    await stage.ask(path, hidden)
    const series = 'reprise_saved_tokens_total{kind="text",model="tiny:latest"}'
    expect(await stage.reprise.metric(series)).toBe(12)
  })
})
