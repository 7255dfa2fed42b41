import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Place, toPlaced } from './cores.ts'
import type { Driver, Load, Seen } from './load.ts'
import { toWrkScript } from './wrk-script.ts'

/** wrk, one thread: in C, so that the server is busy before it is. */
export function createWrk(place: Place | undefined): Driver {
  return {
    name: 'wrk',
    async drive(load) {
      const folder = mkdtempSync(join(tmpdir(), 'reprise-wrk-'))
      try {
        const script = join(folder, 'load.lua')
        writeFileSync(script, toWrkScript(load.asking))
        return await runAgain(() => run(load, script, place))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Somebody else can have had the core for the whole time; three times in a row is another matter. */
async function runAgain(run: () => Promise<Seen>): Promise<Seen> {
  for (let turn = 0; turn < 2; turn += 1) {
    const seen = await run()
    if (seen.requests > 0) return seen
  }
  return run()
}

/** What the script prints at the end. */
interface Printed {
  readonly requests: number
  readonly micros: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
}

const MICROSECONDS_PER_MS = 1_000

async function run(load: Load, script: string, place: Place | undefined): Promise<Seen> {
  const { server, connections, seconds } = load
  const flags = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '-s', script]
  const [command = '', ...rest] = toPlaced(['wrk', ...flags, server.url], place)
  const { stdout } = await promisify(execFile)(command, rest)
  const line = stdout.split('\n').find((each) => each.startsWith('{')) ?? '{}'
  const {
    requests,
    micros = 0,
    errors = 0,
    p50 = 0,
    p99 = 0,
  } = JSON.parse(line) as Partial<Printed>
  if (errors > 0 || requests === undefined) throw new Error(`${server.url}: ${stdout}`)
  return {
    requests,
    seconds: micros / 1e6,
    p50Ms: p50 / MICROSECONDS_PER_MS,
    p99Ms: p99 / MICROSECONDS_PER_MS,
  }
}
