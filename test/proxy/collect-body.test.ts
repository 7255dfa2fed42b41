import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { afterTurn } from '../../src/clock.ts'
import { createCohorts } from '../../src/cohorts.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { collectBody } from '../../src/proxy/receive.ts'
import { createExchange } from './support/exchanges.ts'

const nextTurn = () => new Promise<void>((resolve) => afterTurn(resolve))

/** Requests whose first step takes so many ms of a clock that nothing else moves. */
function openDoor(stepMs: number) {
  let now = 0
  const begun: Exchange[] = []
  const options = { maxBodyBytes: 100, cohorts: createCohorts({ monotonic: () => now }) }
  const enter = (): { exchange: Exchange; body: PassThrough } => {
    const body = new PassThrough()
    const request = body as unknown as Exchange['request']
    const exchange = { ...createExchange(), request }
    collectBody(exchange, options, (each) => {
      begun.push(each)
      now += stepMs
    })
    return { exchange, body }
  }
  return { begun, enter }
}

describe('requests whose bodies end in one turn of the event loop', () => {
  it('begin at once while the turn has time, and then a few each turn, in their order', async () => {
    const { begun, enter } = openDoor(100)
    const entered = [enter(), enter(), enter()]
    const ends = entered.map(({ body }) => once(body, 'end'))
    for (const { body } of entered) body.end('{}')
    await Promise.all(ends)
    expect(begun).toEqual([entered[0]?.exchange])
    await nextTurn()
    expect(begun).toHaveLength(2)
    await nextTurn()
    expect(begun).toEqual(entered.map(({ exchange }) => exchange))
  })

  it('begin with the body that was read', async () => {
    const { begun, enter } = openDoor(0)
    const { body } = enter()
    const ended = once(body, 'end')
    body.end('{"model":"m"}')
    await ended
    expect(begun.map((each) => each.body)).toEqual([
      { kind: 'whole', bytes: Buffer.from('{"model":"m"}') },
    ])
  })

  it('begin once, though the connection closes behind the body', async () => {
    const { begun, enter } = openDoor(100)
    const { body } = enter()
    const closed = once(body, 'close')
    body.end('{}')
    await closed
    await nextTurn()
    expect(begun).toHaveLength(1)
  })
})
