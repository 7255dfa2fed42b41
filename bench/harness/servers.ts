import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A server in a process of its own. */
export interface Server {
  readonly url: string
  readonly pid: number | undefined
  /** Processor time of the process so far, all threads, in seconds; undefined where nobody tells. */
  cpuSeconds(): number | undefined
  stop(): Promise<void>
}

/** What is started, and how. */
export interface ServerOptions {
  readonly script: string
  readonly arguments?: readonly string[]
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
  readonly core: number | undefined
}

/** Folder of the checkout; the same from `bench/harness` and `dist-bench/harness`. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

const START_MS = 15_000
const TICKS_PER_SECOND = 100

/** Starts a server and waits until it says where it listens. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { core, nodeOptions = [], script } = options
  const line = [process.execPath, ...nodeOptions, script, ...(options.arguments ?? [])]
  const [command = '', ...rest] =
    core === undefined ? line : ['taskset', '-c', String(core), ...line]
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: ownEnvironment(),
  })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    // One that was stopped hears nothing before it goes on.
    child.kill('SIGCONT')
    await ended
  }
  try {
    const url = await readUrl(child)
    return { url, pid: child.pid, cpuSeconds: () => readCpu(child.pid), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Settings of the machine would change what is measured. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(REPRISE|OLLAMA)_/.test(name))
  return { ...Object.fromEntries(entries), NODE_ENV: 'production' }
}

/** The first address on standard output; what comes after it is read and dropped. */
function readUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${child.spawnargs.join(' ')}: ${why}`))
    const timer = setTimeout(() => fail('does not listen'), START_MS)
    let text = ''
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => fail(`ended with ${code}`))
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

/** Fields 14 and 15 of proc(5) `stat`, user and system time in ticks; taskset becomes the program it starts. */
function readCpu(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}
