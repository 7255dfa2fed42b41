import { ask } from './ask-in-turn.ts'
import { atMost, type Figure } from './figure.ts'
import { pass, readInstantMs, waitUntil } from './instant.ts'
import type { Question } from './load.ts'
import type { Stage } from './stage.ts'
import type { WireClient } from './wire-client.ts'

/** Nobody tells Reprise that the origin is back: its own probe has to find it. */
export async function measureRecovery(
  stage: Stage,
  client: WireClient,
  toUnknown: () => Question,
): Promise<Figure[]> {
  // A first probe finds nothing; the second one waits twice as long.
  await stage.restartOrigin()
  const backAt = readInstantMs()
  const refused = await ask(client, toUnknown())
  const promisedMs = Number(/retry-after: (\d+)/i.exec(refused.headers)?.[1]) * 1_000
  let asksBefore = Number.NaN
  const servedAt = await waitUntil(async () => {
    asksBefore = (await stage.readLog()).versionAsked
    await pass(10)
    return (await ask(client, toUnknown())).status === 200
  })
  return [
    {
      name: 'probes it had answered when it was still not asked, at most',
      measured: asksBefore,
      unit: 'probes',
      goal: atMost(1),
    },
    {
      name: 'from its return to the first answer',
      measured: servedAt - backAt,
      unit: 'ms',
      goal: atMost(promisedMs + 100),
      detail: `a refusal then said Retry-After ${promisedMs / 1_000} s`,
    },
  ]
}
