import { LARGE_BODY } from './answers.ts'
import { toChild } from './field.ts'
import type { Bench } from './figure.ts'
import { startServer } from './servers.ts'
import { openClients } from './wire-client.ts'

/**
 * How long a server that has nothing else to do takes until so many clients have one answer of 1 MiB each, in ms: what
 * the two cores need to carry the bytes. The second time, when everything is compiled.
 */
export async function measureFloor({ cores }: Bench, count: number): Promise<number> {
  const server = await startServer({ script: toChild('bare-whole'), place: cores?.server })
  const clients = await openClients(server.url, count)
  let floorMs = Number.NaN
  try {
    for (let turn = 0; turn < 2; turn += 1) {
      const question = { method: 'POST', path: `/${count}`, body: '{}' } as const
      const comings = clients.map((client) => client.ask(question, { expected: LARGE_BODY }))
      await Promise.all(comings.map(({ over }) => over))
      const beganAt = Number(/x-began-at: ([\d.]+)/i.exec(comings[0]?.headers ?? '')?.[1])
      floorMs = Math.max(...comings.map(({ endAt = Number.NaN }) => endAt)) - beganAt
    }
  } finally {
    for (const client of clients) client.leave()
    await server.stop()
  }
  return floorMs
}
