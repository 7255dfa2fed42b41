import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import type { EntryMeta, Packed } from './codec.ts'
import { describeReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import type { KeeperOrder, KeeperReport } from './keeper.ts'
import { createOutbox, type Outbox } from './parcel.ts'
import type { Answers, Question, Topic } from './question.ts'
import type { Key } from './store.ts'
import type { Totals } from './totals.ts'
import type { WriterThreadData } from './writer-thread.ts'

/** What the thread's owner hears of it. */
export interface WriterListener {
  onSettled(keys: readonly Key[], totals: Totals): void
  onEvent(event: StoreEvent): void
  /** The thread ended unasked: nothing more is written. */
  onDeath(reason: string): void
}

/** The writer thread as seen from the main one. After its death every call does nothing and waits for nothing. */
export interface WriterLink {
  /** False once the thread has ended: nothing is written any more. */
  readonly isAlive: boolean
  send(order: KeeperOrder): void
  /** Sends an entry in a moment, together with others; before whatever is sent after it. */
  put(meta: EntryMeta, packed: Packed): void
  /** Rejects with `store-failed`. */
  ask<T extends Topic>(topic: T, question: Answers[T]['question']): Promise<Answers[T]['answer']>
  /** Waits until all that was sent is committed or given up. */
  flush(): Promise<void>
  /** Flushes, folds the log back into the database and ends the thread. */
  close(): Promise<void>
}

/** Its garbage is rows and messages, gone at once: with the usual 48 MB it grew to 28 MB before it was looked at. */
const LIMITS = { maxYoungGenerationSizeMb: 6 }

/** Starts the thread. It alone does not keep the process alive; a wait for it does. */
export function startWriterThread(
  url: URL,
  workerData: WriterThreadData,
  clock: Pick<Clock, 'startTimer'>,
  listener: WriterListener,
): WriterLink {
  return new ThreadLink(new Worker(url, { workerData, resourceLimits: LIMITS }), clock, listener)
}

/** Somebody who waits for the thread. */
interface Waiting {
  settle(answer: unknown): void
  /** The thread could not answer, or has ended. */
  fail(reason: string): void
}

class ThreadLink implements WriterLink {
  readonly #worker: Worker
  readonly #listener: WriterListener
  readonly #outbox: Outbox
  readonly #waiting = new Map<number, Waiting>()
  #lastTicket = 0
  #isAlive = true
  #onClosed: (() => void) | undefined

  constructor(worker: Worker, clock: Pick<Clock, 'startTimer'>, listener: WriterListener) {
    this.#worker = worker
    this.#listener = listener
    this.#outbox = createOutbox(clock, (parcel) => {
      if (this.#isAlive) worker.postMessage(parcel, [parcel.bytes.buffer])
    })
    worker.unref()
    worker.on('message', (report: KeeperReport) => this.#hear(report))
    worker.on('error', (error) => this.#end(String(error)))
    worker.on('exit', (code) => this.#end(`exit ${code}`))
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  send(order: KeeperOrder): void {
    this.#outbox.flush()
    if (this.#isAlive) this.#worker.postMessage(order)
  }

  put(meta: EntryMeta, packed: Packed): void {
    this.#outbox.add(meta, packed)
  }

  flush(): Promise<void> {
    if (!this.#isAlive) return Promise.resolve()
    return new Promise((resolve) => {
      // A thread that has ended keeps nobody waiting.
      const ticket = this.#wait({ settle: () => resolve(), fail: () => resolve() })
      this.send({ kind: 'flush', ticket })
    })
  }

  ask<T extends Topic>(topic: T, question: Answers[T]['question']): Promise<Answers[T]['answer']> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void =>
        reject(
          new RepriseError('store-failed', `the store cannot answer (${describeReason(reason)})`),
        )
      if (!this.#isAlive) {
        fail('its thread has ended')
        return
      }
      const settle = (answer: unknown): void => resolve(answer as Answers[T]['answer'])
      const ticket = this.#wait({ settle, fail })
      this.send({ kind: 'ask', ticket, question: { topic, ...question } as unknown as Question })
    })
  }

  async close(): Promise<void> {
    if (this.#isAlive) {
      await new Promise<void>((resolve) => {
        this.#onClosed = resolve
        this.#worker.ref()
        this.send({ kind: 'close' })
      })
    }
    this.#isAlive = false
    this.#release()
    await this.#worker.terminate()
  }

  #wait(waiting: Waiting): number {
    this.#lastTicket += 1
    this.#waiting.set(this.#lastTicket, waiting)
    this.#worker.ref()
    return this.#lastTicket
  }

  #hear(report: KeeperReport): void {
    switch (report.kind) {
      case 'settled':
        this.#listener.onSettled(report.keys, report.totals)
        break
      case 'flushed':
        this.#take(report.ticket)?.settle(undefined)
        break
      case 'answered':
        this.#take(report.ticket)?.settle(report.answer)
        break
      case 'refused':
        this.#take(report.ticket)?.fail(report.reason)
        break
      case 'event':
        this.#listener.onEvent(report.event)
        break
      case 'closed':
        this.#isAlive = false
        this.#onClosed?.()
    }
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket)
    this.#waiting.delete(ticket)
    if (this.#waiting.size === 0 && this.#onClosed === undefined) this.#worker.unref()
    return waiting
  }

  #end(reason: string): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#listener.onDeath(reason)
    this.#release()
    this.#onClosed?.()
  }

  #release(): void {
    for (const waiting of this.#waiting.values()) waiting.fail('its thread has ended')
    this.#waiting.clear()
  }
}
