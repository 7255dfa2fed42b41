import { AT_ONCE } from './script.ts'
import { toScripted } from './stage.ts'
import type { WireClient } from './wire-client.ts'

/** Asks what nobody has asked, one question after the other, until it is stopped. */
export function createFiller(client: WireClient) {
  let isStopped = false
  return {
    put: 0,
    async run(): Promise<void> {
      while (!isStopped) {
        this.put += 1
        await client.ask(toScripted({ ...AT_ONCE, tag: `new ${this.put}` })).over
      }
    },
    stop(): void {
      isStopped = true
    },
  }
}
