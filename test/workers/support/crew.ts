import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../../support/origin.ts'
import {
  exchange,
  postJson,
  type RawAnswer,
  type RawExchange,
  send,
} from '../../support/raw-client.ts'

/** The route that is asked. */
export const PATH = '/api/generate'

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

/** What a test says of the server it wants. */
export interface CrewOptions {
  readonly origin?: SimulatedOrigin
  readonly workers?: number
  /** Kept after the test, and used again. */
  readonly dataDir?: string
  /** Settings besides, as the environment has them. */
  readonly environment?: Readonly<Record<string, string>>
}

type Line = Readonly<Record<string, unknown>>

/** A server of several processes, in front of a simulated origin, with the lines it wrote. */
export interface CrewServer {
  readonly origin: SimulatedOrigin
  readonly child: ChildProcess
  readonly port: number
  readonly dataDir: string
  readonly lines: readonly Line[]
  /** Resolves with the nth line (from 1) that has these fields, which may have been written already. */
  logged(fields: Line, n?: number): Promise<Line>
  /** The process of a worker, of those that have had this number the last one. */
  pidOf(worker: number): number
  /** Sends a question over a connection of its own. */
  ask(prompt: string, more?: object): RawExchange
  /** Asks until each of these workers has given the answer itself; it has been stored before. */
  untilKnown(prompt: string, workers: readonly number[], more?: object): Promise<RawAnswer[]>
  /** POSTs to a reserved path with the token. */
  order(path: string, body: object): Promise<RawAnswer>
  /** The value of a metric by its name and labels as they stand in the text; 0 where it is absent. */
  metric(series: string): Promise<number>
  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | null>
}

/** Starts one that ends with the test. */
export async function startCrew(options: CrewOptions = {}): Promise<CrewServer> {
  const origin = options.origin ?? (await startOrigin())
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'reprise-test-'))
  const settings = ['--workers', String(options.workers ?? 2), '--log-format', 'json']
  const places = ['--listen', '127.0.0.1:0', '--upstream', origin.url, '--data-dir', dataDir]
  const env = { ...process.env, ...options.environment }
  const child = spawn(process.execPath, [MAIN, 'serve', ...settings, ...places], { env })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    await origin.close()
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  })
  const { lines, logged } = readLines(child)
  const { url } = await logged({ version: '0.1.0' })
  const port = Number(new URL(String(url)).port)
  const ask = (prompt: string, more: object = {}) =>
    send(port, {
      method: 'POST',
      path: PATH,
      body: JSON.stringify({ model: 'tiny', prompt, ...more }),
    })
  const hitsOf = (worker: number) =>
    lines.filter((line) => line.worker === worker && line.outcome === 'hit').length
  return {
    ...{ origin, child, port, dataDir, lines, logged, ask },
    pidOf: (worker) =>
      Number(lines.findLast(({ msg }) => msg === `worker ${worker} answers`)?.pid ?? Number.NaN),
    async untilKnown(prompt, workers, more) {
      const answers: RawAnswer[] = []
      const before = workers.map(hitsOf)
      while (workers.some((worker, i) => hitsOf(worker) === before[i])) {
        answers.push(await ask(prompt, more).answer)
      }
      return answers
    },
    order(path, body) {
      const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
      return postJson(port, path, body, [['Authorization', `Bearer ${token}`]])
    },
    async metric(series) {
      const { body } = await exchange(port, { path: '/metrics' })
      const rows = body.toString().split('\n')
      return Number(rows.find((row) => row.startsWith(`${series} `))?.slice(series.length + 1) ?? 0)
    },
    async stop() {
      child.kill('SIGTERM')
      const [status] = await ended
      return status
    },
  }
}

function readLines({
  stdout,
  stderr,
}: {
  stdout: NodeJS.ReadableStream
  stderr: NodeJS.ReadableStream
}) {
  const lines: Line[] = []
  const watchers = new Set<() => void>()
  stderr.pipe(process.stderr, { end: false })
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line)
    for (const watch of [...watchers]) watch()
  })
  const logged = (fields: Line, n = 1): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.filter((line) => hasFields(line, fields))[n - 1]
        if (found === undefined) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
    })
  return { lines, logged }
}

function hasFields(line: Line, fields: Line): boolean {
  return Object.entries(fields).every(([name, value]) => line[name] === value)
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
