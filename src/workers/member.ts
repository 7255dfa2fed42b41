import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Clock } from '../clock.ts'
import type { ToPrimary, ToWorker } from './messages.ts'
import { createTickets } from './tickets.ts'

/** One worker, as the first process has it. */
export interface Member {
  readonly number: number
  readonly pid: number
  /** Monotonic instant at which it was begun, in ms. */
  readonly begunAt: number
  send(message: ToWorker): void
  /**
   * Sends what is answered with `done`; resolves then, or when the worker is gone. One that does not answer in time
   * (5 s) is ended.
   */
  ask(make: (ticket: number) => ToWorker, limitMs?: number): Promise<void>
  /** Ends it at once. */
  kill(): void
  /** Resolves when it has ended and all it wrote is read. */
  readonly gone: Promise<void>
}

/** What is heard of a worker. */
export interface MemberListener {
  hear(member: Member, message: ToPrimary): void
  /** Whole lines of its log. */
  onLines(text: string): void
}

/** A worker that does not answer within so many ms is as good as dead: nobody may be given what it still knows. */
const ANSWER_LIMIT_MS = 5_000

/** Begins one. How workers are run was set up before. */
export function startMember(number: number, clock: Clock, listener: MemberListener): Member {
  const worker = cluster.fork()
  const tickets = createTickets<void>()
  const { process: child } = worker
  const send = (message: ToWorker): void => {
    // One that has just ended is told nothing, and its end is heard of otherwise.
    if (worker.isConnected()) worker.send(message, undefined, () => {})
  }
  const kill = () => void child.kill('SIGKILL')
  const member: Member = {
    number,
    pid: child.pid ?? 0,
    begunAt: clock.monotonic(),
    send,
    kill,
    async ask(make, limitMs = ANSWER_LIMIT_MS) {
      const limit = clock.startTimer(limitMs, kill)
      await tickets.ask((ticket) => {
        if (worker.isConnected()) send(make(ticket))
        else tickets.settle(ticket)
      })
      limit.cancel()
    },
    gone: once(child, 'close').then(() => {}),
  }
  worker.on('message', (message: ToPrimary) => {
    if (message.kind === 'done') tickets.settle(message.ticket)
    else listener.hear(member, message)
  })
  worker.on('error', () => {})
  worker.on('exit', () => tickets.settleAll())
  passLines(child.stdout, (text) => listener.onLines(text))
  child.stderr?.pipe(process.stderr, { end: false })
  return member
}

/** Lines go on whole: what one that was killed had begun is left out. */
function passLines(stream: NodeJS.ReadableStream | null, take: (text: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) take(rest + text.slice(0, end))
    rest = end > 0 ? text.slice(end) : rest + text
  })
}
