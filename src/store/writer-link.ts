import { Worker } from 'node:worker_threads'
import type { StoreEvent } from './events.ts'
import type { Key } from './store.ts'
import type { Totals, WriterReport } from './writer.ts'
import type { ThreadOrder, WriterThreadData } from './writer-thread.ts'

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
  send(order: ThreadOrder, transfer?: readonly ArrayBuffer[]): void
  /** Waits until all that was sent is committed or given up. */
  flush(): Promise<void>
  /** Flushes, folds the log back into the database and ends the thread. */
  close(): Promise<void>
}

/** Starts the thread. It alone does not keep the process alive; a wait for it does. */
export function startWriterThread(
  url: URL,
  workerData: WriterThreadData,
  listener: WriterListener,
): WriterLink {
  return new ThreadLink(new Worker(url, { workerData }), listener)
}

class ThreadLink implements WriterLink {
  readonly #worker: Worker
  readonly #listener: WriterListener
  readonly #waiting = new Map<number, () => void>()
  #lastTicket = 0
  #isAlive = true
  #onClosed: (() => void) | undefined

  constructor(worker: Worker, listener: WriterListener) {
    this.#worker = worker
    this.#listener = listener
    worker.unref()
    worker.on('message', (report: WriterReport) => this.#hear(report))
    worker.on('error', (error) => this.#end(String(error)))
    worker.on('exit', (code) => this.#end(`exit ${code}`))
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  send(order: ThreadOrder, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#isAlive) this.#worker.postMessage(order, transfer)
  }

  flush(): Promise<void> {
    this.#lastTicket += 1
    const ticket = this.#lastTicket
    if (!this.#isAlive) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.set(ticket, resolve)
      this.#worker.ref()
      this.send({ kind: 'flush', ticket })
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

  #hear(report: WriterReport): void {
    switch (report.kind) {
      case 'settled':
        this.#listener.onSettled(report.keys, report.totals)
        break
      case 'flushed':
        this.#waiting.get(report.ticket)?.()
        this.#waiting.delete(report.ticket)
        if (this.#waiting.size === 0 && this.#onClosed === undefined) this.#worker.unref()
        break
      case 'event':
        this.#listener.onEvent(report.event)
        break
      case 'closed':
        this.#isAlive = false
        this.#onClosed?.()
    }
  }

  #end(reason: string): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#listener.onDeath(reason)
    this.#release()
    this.#onClosed?.()
  }

  #release(): void {
    for (const resolve of this.#waiting.values()) resolve()
    this.#waiting.clear()
  }
}
