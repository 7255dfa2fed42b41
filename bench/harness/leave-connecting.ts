import { startDeafOrigin } from './connecting.ts'
import type { Bench } from './figure.ts'
import { waitUntil } from './instant.ts'
import { AT_ONCE } from './script.ts'
import { startReprise, toScripted } from './stage.ts'
import { openClient } from './wire-client.ts'

/** Measures so many times, one after the other. */
export async function repeat(
  times: number,
  once: (turn: number) => Promise<number>,
): Promise<number[]> {
  const ms: number[] = []
  for (let turn = 0; turn < times; turn += 1) ms.push(await once(turn))
  return ms
}

/** A client leaves while the connection to an origin that never takes it is being made; until that is given up, in ms. */
export async function measureConnecting(bench: Bench, times: number): Promise<number[]> {
  const origin = await startDeafOrigin(bench)
  // Without a cache nothing but the run itself asks the origin.
  const reprise = await startReprise(bench, origin.url, { cache: { enabled: false } })
  try {
    await waitUntil(() => origin.countConnecting() === 0)
    return await repeat(times, async (turn) => {
      const client = await openClient(reprise.server.url)
      client.ask(toScripted({ ...AT_ONCE, tag: `connecting ${turn}` }))
      await waitUntil(() => origin.countConnecting() === 1)
      const leftAt = client.leave()
      return (await waitUntil(() => origin.countConnecting() === 0)) - leftAt
    })
  } finally {
    await reprise.close()
    await origin.close()
  }
}
