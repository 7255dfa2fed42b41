/** What waits to be written, in its order. */
export interface Backlog<T> {
  readonly orders: number
  readonly bytes: number
  /** `bytes` is what the order weighs. */
  add(order: T, bytes: number): void
  /** Takes the first orders, as many as fit into both; one at least, where there is one. */
  take(orders: number, bytes: number): T[]
}

/** Starts with nothing that waits. */
export function createBacklog<T>(): Backlog<T> {
  let waiting: { order: T; bytes: number }[] = []
  let total = 0

  function fitting(orders: number, bytes: number): number {
    let taken = 0
    for (const [place, each] of waiting.entries()) {
      taken += each.bytes
      if (place >= orders || (place > 0 && taken > bytes)) return place
    }
    return waiting.length
  }

  return {
    get orders() {
      return waiting.length
    },
    get bytes() {
      return total
    },
    add(order, bytes) {
      waiting.push({ order, bytes })
      total += bytes
    },
    take(orders, bytes) {
      const count = fitting(orders, bytes)
      const taken = waiting.slice(0, count)
      waiting = waiting.slice(count)
      total -= taken.reduce((sum, each) => sum + each.bytes, 0)
      return taken.map(({ order }) => order)
    },
  }
}
