import { pass, waitUntil } from './instant.ts'
import { type Script, toFrames } from './script.ts'
import { type Stage, toScripted } from './stage.ts'
import { openClients } from './wire-client.ts'

/** What came of one reset. */
export interface Broken {
  /** From the reset to the next run's arrival at the origin; NaN where there was none. */
  readonly promotedMs: number
  /** From the reset to the last client's last byte. */
  readonly lastAnswerMs: number
  readonly runs: number
  /** How many got the answer. */
  readonly answered: number
  readonly statuses: readonly (number | undefined)[]
}

/** Lets many wait for one answer, and the origin break it off before its headers: the first run, or all of them. */
export async function breakOff(stage: Stage, script: Script, waiting: number): Promise<Broken> {
  const { tag, hold } = script
  const countRuns = async (): Promise<number> => (await readRuns(stage, tag)).length
  const clients = await openClients(stage.reprise.url, waiting)
  const expected = Buffer.concat(toFrames(script))
  const comings = clients.map((client) => client.ask(toScripted(script), { expected }))
  await waitUntil(async () => (await countRuns()) === 1)
  await pass(JOINED_AFTER_MS)
  let resetAt = await stage.resetHeld()
  if (hold === 'all') {
    await waitUntil(async () => (await countRuns()) === 2)
    resetAt = await stage.resetHeld()
  }
  await Promise.all(comings.map(({ over }) => over))
  for (const client of clients) client.leave()
  const runs = await readRuns(stage, tag)
  return {
    promotedMs: (runs[1]?.arrivedAt ?? Number.NaN) - resetAt,
    lastAnswerMs: Math.max(...comings.map(({ endAt = Number.NaN }) => endAt)) - resetAt,
    runs: runs.length,
    answered: comings.filter(({ isEqual, status }) => isEqual && status === 200).length,
    statuses: comings.map(({ status }) => status),
  }
}

/** By then all have joined, in ms: each takes a fraction of one. */
const JOINED_AFTER_MS = 150

async function readRuns(stage: Stage, tag: string) {
  return (await stage.readLog()).runs.filter((run) => run.tag === tag)
}
