import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './figure.ts'
import type { Question } from './load.ts'
import { type OriginLog, SCRIPTED_MODEL, type Script } from './script.ts'
import { ROOT, type Server, startServer } from './servers.ts'

/** One Reprise before one origin that follows scripts. */
export interface Stage {
  readonly reprise: Server
  readonly origin: Server
  /** What the origin has seen so far. */
  readLog(): Promise<OriginLog>
  /** Makes the origin break off what it holds; the instant at which it did, in ms. */
  resetHeld(): Promise<number>
  /** Starts the origin again where it was, after it was stopped. */
  restartOrigin(): Promise<void>
  close(): Promise<void>
}

/** How a stage is set up. */
export interface StageOptions {
  /** Settings of Reprise, as in its configuration file. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** A stage of its own, so that nothing of an earlier scenario is left in it. */
export async function openStage(
  bench: Bench,
  { settings = {} }: StageOptions = {},
): Promise<Stage> {
  let origin = await startOrigin(bench, 0)
  const { url } = origin
  const reprise = await startReprise(bench, url, settings)
  return {
    reprise: reprise.server,
    get origin() {
      return origin
    },
    readLog: () => readJson<OriginLog>(`${url}/bench/log`),
    resetHeld: async () => (await readJson<{ resetAt: number }>(`${url}/bench/reset`)).resetAt,
    async restartOrigin() {
      origin = await startOrigin(bench, Number(new URL(url).port))
    },
    async close() {
      await reprise.close()
      await origin.stop()
    },
  }
}

/** A server of the folder `children`. */
export function startChild(bench: Bench, name: string, port = 0): Promise<Server> {
  const script = join(ROOT, 'dist-bench', 'children', `${name}.js`)
  return startServer({ script, arguments: [String(port)], place: bench.cores?.origin })
}

/** Reprise before any origin, with a folder of its own that goes with it. */
export async function startReprise(
  bench: Bench,
  upstream: string,
  settings: Readonly<Record<string, unknown>>,
  place = bench.cores?.server,
): Promise<{ readonly server: Server; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'))
  const config = join(folder, 'reprise.json')
  const fixed = { listen: '127.0.0.1:0', upstream, dataDir: join(folder, 'data') }
  writeFileSync(
    config,
    JSON.stringify({ ...fixed, log: { level: 'silent', format: 'json' }, ...settings }),
  )
  const { profileFolder } = bench
  const server = await startServer({
    script: join(ROOT, 'dist', 'main.js'),
    arguments: ['serve', '--config', config],
    nodeOptions: profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder],
    place,
  })
  return {
    server,
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A question to the scripted model; the temperature says whether its answer may be kept. */
export function toScripted(
  script: Script,
  shape: 'stream' | 'whole' = 'stream',
  temperature = 0,
): Question {
  const body = JSON.stringify({
    model: SCRIPTED_MODEL,
    prompt: JSON.stringify(script),
    stream: shape === 'stream',
    options: { temperature },
  })
  return { method: 'POST', path: '/api/generate', body }
}

/** One sample of a metric of Reprise, by its whole name; NaN where there is none. */
export async function readMetric(server: Server, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

function startOrigin(bench: Bench, port: number): Promise<Server> {
  return startChild(bench, 'scripted-origin', port)
}

async function readJson<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T
}
