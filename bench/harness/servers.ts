import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Place, toPlaced } from './cores.ts'
import { readCpuSeconds } from './cpu.ts'
import { waitUntilListening } from './port.ts'

/** A server in a process of its own. */
export interface Server {
  readonly url: string
  readonly pid: number | undefined
  /** Processor time so far of the process, its threads and its children, in seconds; undefined where nobody tells. */
  cpuSeconds(): number | undefined
  stop(): Promise<void>
}

/** A program of Node's that says where it listens. */
export interface NodeServerOptions {
  readonly script: string
  readonly arguments?: readonly string[]
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
  readonly place: Place | undefined
}

/** Any other program: it listens where it is told to. */
export interface CommandOptions {
  readonly command: readonly string[]
  readonly url: string
  readonly place: Place | undefined
}

/** Folder of the checkout; the same from `bench/harness` and `dist-bench/harness`. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** A machine on which others go first as well lets one wait. */
const START_MS = 60_000

/** Starts a program of Node's and waits until it says where it listens. */
export async function startServer(options: NodeServerOptions): Promise<Server> {
  const { nodeOptions = [], script, place } = options
  const line = [process.execPath, ...nodeOptions, script, ...(options.arguments ?? [])]
  const child = start(toPlaced(line, place))
  return finish(child, readUrl(child))
}

/** Starts any other program and waits until its port is open. */
export async function startCommand({ command, url, place }: CommandOptions): Promise<Server> {
  const child = start(toPlaced(command, place), 'ignore')
  return finish(child, waitUntilListening(url, START_MS))
}

/** Those that still run when the bench ends, whatever ends it. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** Programs that are not ours tell of their doings on standard error; ours only of what goes wrong. */
function start(
  [command = '', ...rest]: string[],
  stderr: 'inherit' | 'ignore' = 'inherit',
): ChildProcess {
  const env = ownEnvironment()
  const child = spawn(command, rest, {
    stdio: ['pipe', stderr === 'ignore' ? stderr : 'pipe', stderr],
    env,
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function finish(child: ChildProcess, listening: Promise<string>): Promise<Server> {
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    // One that was stopped hears nothing before it goes on.
    child.kill('SIGCONT')
    await ended
  }
  try {
    const url = await Promise.race([listening, failWith(child, ended)])
    return { url, pid: child.pid, cpuSeconds: () => readCpuSeconds(child.pid), stop }
  } catch (error) {
    if (child.exitCode === null) await stop()
    throw error
  }
}

async function failWith(child: ChildProcess, ended: Promise<unknown[]>): Promise<never> {
  const [code] = await ended
  throw new Error(`${child.spawnargs.join(' ')}: ended with ${code}`)
}

/** Settings of the machine would change what is measured. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(REPRISE|OLLAMA)_/.test(name))
  return { ...Object.fromEntries(entries), NODE_ENV: 'production' }
}

/** The first address on standard output; what comes after it is read and dropped. */
function readUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('does not listen')), START_MS)
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      if (text === 'found') return
      text += chunk.toString()
      const [url] = /http:\/\/127\.0\.0\.1:\d+\b(?=\D)/.exec(text) ?? []
      if (url === undefined) return
      text = 'found'
      clearTimeout(timer)
      resolve(url)
    })
  })
}
