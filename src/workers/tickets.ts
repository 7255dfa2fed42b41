/** Questions on their way to another process, told apart by number. */
export interface Tickets<T> {
  /** Sends a question with its ticket; resolves with the answer. */
  ask(send: (ticket: number) => void): Promise<T>
  /** The answer to a question has come. */
  settle(ticket: number, answer: T): void
  /** Nobody answers any more: all who wait are given this. */
  settleAll(answer: T): void
}

/** Starts with none open. */
export function createTickets<T>(): Tickets<T> {
  const waiting = new Map<number, (answer: T) => void>()
  let last = 0
  return {
    ask: (send) =>
      new Promise((resolve) => {
        last += 1
        waiting.set(last, resolve)
        send(last)
      }),
    settle(ticket, answer) {
      waiting.get(ticket)?.(answer)
      waiting.delete(ticket)
    },
    settleAll(answer) {
      for (const resolve of waiting.values()) resolve(answer)
      waiting.clear()
    },
  }
}
