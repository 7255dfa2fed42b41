import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange } from '../support/raw-client.ts'
import { listContext, ROOT, readText } from './support/context.ts'
import { readExecForm, readStages, readVariables, textsOf } from './support/dockerfile.ts'
import { copyLibraries, runStage } from './support/stages.ts'

// Installs from the registry and compiles an addon: minutes. Root, because it needs chroot and owners of files.
const isWanted = process.env.REPRISE_TEST_LONG === '1' && process.getuid?.() === 0

/** What gcr.io/distroless/cc-debian12 has: libc6, libstdc++6 and libgcc-s1 of Debian 12. */
const BASE_LIBRARIES =
  /^(ld-linux-.*|lib(c|m|dl|rt|pthread|util|resolv)\.so\.\d|libstdc\+\+\.so\.6|libgcc_s\.so\.1|libgomp\.so\.1)$/
/** Size of that image unpacked, rounded up, in bytes. */
const BASE_BYTES = 30 * 2 ** 20
const MAX_BYTES = 250 * 10 ** 6

const stages = readStages(readText('Dockerfile'))
const final = stages.at(-1)!
const [entry = '', command = '', health = ''] = ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].map(
  (name) => textsOf(final, name)[0],
)

let folder = ''
let image = ''
let libraries: string[] = []
let ownBytes = 0
let origin: SimulatedOrigin

beforeAll(async () => {
  if (!isWanted) return
  folder = mkdtempSync(join(tmpdir(), 'reprise-image-'))
  const context = join(folder, 'context')
  for (const path of listContext()) {
    mkdirSync(join(context, dirname(path)), { recursive: true })
    cpSync(join(ROOT, path), join(context, path))
  }
  const earlier = new Map<string, string>()
  for (const stage of stages) {
    image = join(folder, stage.alias || 'final')
    mkdirSync(image)
    if (stage.image.startsWith('node:')) {
      mkdirSync(join(image, 'usr/local/bin'), { recursive: true })
      cpSync(process.execPath, join(image, 'usr/local/bin/node'))
    }
    const overrides = { npm_config_nodedir: dirname(dirname(process.execPath)) }
    runStage(stage, { root: image, context, earlier, overrides })
    earlier.set(stage.alias, image)
  }
  ownBytes = toBytes(image)
  libraries = copyLibraries([join(image, 'usr/local/bin/node'), join(image, ADDON)], image)
  origin = await startOrigin()
}, 900_000)

afterAll(async () => {
  if (!isWanted) return
  await origin.close()
  rmSync(folder, { recursive: true, force: true })
})

const ADDON = 'app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'

function toBytes(path: string): number {
  return Number(execFileSync('du', ['--summarize', '--bytes', path]).toString().split('\t')[0])
}

/** The variables of a program in the image; `PATH` is that of a container. */
function toEnvironment(listen: string): Record<string, string> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const own = { REPRISE_LISTEN: listen, REPRISE_UPSTREAM: origin.url }
  return { PATH: path, ...readVariables(final), ...own }
}

/** The arguments of chroot that run a program of the image as its user, who finds no shell there. */
const toChroot = (program: readonly string[]): string[] => [
  `--userspec=${textsOf(final, 'USER')[0]}`,
  image,
  ...program,
]

function start(listen: string): ChildProcess {
  const program = [...readExecForm(entry), ...readExecForm(command)]
  const env = toEnvironment(listen)
  return spawn('chroot', toChroot(program), { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The exit status of the image's own health check. */
function checkHealth(listen: string): number | null {
  const program = readExecForm(health.slice(health.indexOf('CMD')))
  const env = toEnvironment(listen)
  return spawnSync('chroot', toChroot(program), { env }).status
}

/** What in the image belongs to a user, below its root. */
function listOwned(uid: number): string[] {
  const paths = readdirSync(image, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => lstatSync(join(image, path)).uid === uid)
}

async function readPort(server: ChildProcess): Promise<number> {
  const ended = once(server, 'exit').then(([status]) => expect.fail(`ended with ${status}`))
  const lines = once(createInterface(server.stdout!), 'line')
  const [line] = (await Promise.race([lines, ended])) as [string]
  return Number(/:(\d+) ->/.exec(line)?.[1])
}

describe.skipIf(!isWanted)('the image', () => {
  it('needs no shared library that its base has not', () => {
    expect(libraries.length).toBeGreaterThan(3)
    expect(libraries.filter((name) => !BASE_LIBRARIES.test(name))).toEqual([])
  })

  it('is smaller than 250 MB, and has neither the compiler nor the sources in it', () => {
    expect(ownBytes + BASE_BYTES).toBeLessThan(MAX_BYTES)
    expect(existsSync(join(image, 'app/node_modules/typescript'))).toBe(false)
    expect(existsSync(join(image, 'app/node_modules/better-sqlite3/deps'))).toBe(false)
    expect(existsSync(join(image, 'app/src'))).toBe(false)
  })

  it('serves as its own user without a shell, writes to its volume only, answers for its health, stops when told', async () => {
    const server = start('127.0.0.1:0')
    onTestFinished(() => void server.kill('SIGKILL'))
    const ended = once(server, 'exit')
    const port = await readPort(server)
    const question = { path: '/api/generate', body: '{"model":"tiny","prompt":"hi"}' }
    const outcomes: unknown[] = []
    for (const _ of [1, 2]) {
      const { headers } = await exchange(port, { method: 'POST', ...question })
      outcomes.push(
        new Map(headers.map(([name, value]) => [name.toLowerCase(), value])).get('x-cache'),
      )
    }
    expect(outcomes).toEqual(['MISS', 'HIT'])
    expect(checkHealth(`127.0.0.1:${port}`)).toBe(0)
    // The health check is a process of the same size: together they stay below pids_limit.
    const threads = readdirSync(`/proc/${server.pid}/task`).length
    const [, limit] = /pids_limit: (\d+)/.exec(readText('docker-compose.yml')) ?? []
    expect(2 * threads).toBeLessThan(Number(limit))
    server.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(checkHealth(`127.0.0.1:${port}`)).toBe(69)
    const written = listOwned(Number(textsOf(final, 'USER')[0]?.split(':')[0]))
    expect(written.some((path) => /^data\/cache\..*\.db$/.test(path))).toBe(true)
    expect(written.filter((path) => !/^data(\/|$)/.test(path))).toEqual([])
  })
})
