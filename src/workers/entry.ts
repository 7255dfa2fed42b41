import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Begin, ToPrimary, ToWorker } from './messages.ts'
import { startWorker, type WorkerProcess } from './worker.ts'

run()

/** The life of a worker's process: it begins when it is told how, and ends when it is told to, or alone. */
function run(): void {
  // The order to stop comes from the first process: a terminal sends its own to all of them.
  process.on('SIGTERM', () => {})
  process.on('SIGINT', () => {})
  let worker: Promise<WorkerProcess | undefined> | undefined
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'begin') worker = begin(message.begin)
    else if (worker !== undefined) void worker.then((begun) => begun?.hear(message))
    else if (message.kind === 'drain') end()
  })
  send({ kind: 'up' })
}

async function begin(given: Begin): Promise<WorkerProcess | undefined> {
  process.on('exit', () => clearUp(given))
  try {
    return await startWorker(given, { send, onOver: () => end() })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    process.send?.({ kind: 'refused', code, message } satisfies ToPrimary, end)
    return undefined
  }
}

function send(message: ToPrimary): void {
  // Where nobody hears it any more, this process ends too.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** What was sent is out before the process ends. */
function end(): void {
  if (process.connected) process.disconnect()
  process.exit(0)
}

/** A first process that was killed has left its door behind. */
function clearUp({ door }: Begin): void {
  if (process.connected || process.platform === 'win32') return
  rmSync(dirname(door), { recursive: true, force: true })
}
