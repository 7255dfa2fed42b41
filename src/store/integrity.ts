import { Worker } from 'node:worker_threads'

/** Checks a database through, in a thread of its own: neither a request nor a write waits for it. */
export interface IntegrityCheck {
  /** `ok`, the first thing that is wrong, or why it could not be found out; undefined when stopped. */
  readonly result: Promise<string | undefined>
  stop(): Promise<void>
}

/** `url` is the built entry of the thread. It does not keep the process alive. */
export function startIntegrityCheck(url: URL, path: string): IntegrityCheck {
  const worker = new Worker(url, { workerData: { path } })
  worker.unref()
  const result = new Promise<string | undefined>((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error) => resolve(String(error)))
    worker.once('exit', () => resolve(undefined))
  })
  return {
    result,
    async stop() {
      await worker.terminate()
    },
  }
}
