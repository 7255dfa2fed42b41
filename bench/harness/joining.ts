import { pass, readInstantMs } from './instant.ts'
import { type Script, toFrames } from './script.ts'
import { type Stage, toScripted } from './stage.ts'
import { openClient, openClients, type WireClient } from './wire-client.ts'

/** One client that came late, in ms since its request was written. */
export interface Joined {
  readonly firstByteMs: number
  /** Until it had all that the first client had had when it came. */
  readonly caughtUpMs: number
  readonly isEqual: boolean
}

/** Lets so many join the stream of a script at random moments of it, all but its last half second. */
export async function joinAll(stage: Stage, script: Script, count: number): Promise<Joined[]> {
  const question = toScripted(script)
  const expected = Buffer.concat(toFrames(script))
  const leader = await openClient(stage.reprise.url)
  const clients = await openClients(stage.reprise.url, count)
  const leading = leader.ask(question)
  await leading.begun
  const join = async (client: WireClient): Promise<Joined> => {
    await pass(Math.random() * (script.frames * script.paceMs - 500))
    const backlog = leading.bytes
    let caughtUpAt: number | undefined
    const coming = client.ask(question, {
      expected,
      onBytes: (total) => {
        if (total >= backlog) caughtUpAt ??= readInstantMs()
      },
    })
    await coming.over
    const { firstByteAt = Number.NaN, sentAt, isEqual } = coming
    return {
      firstByteMs: firstByteAt - sentAt,
      caughtUpMs: (caughtUpAt ?? Number.NaN) - sentAt,
      isEqual,
    }
  }
  const joined = await Promise.all(clients.map(join))
  for (const client of [leader, ...clients]) client.leave()
  return joined
}
