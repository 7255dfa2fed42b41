import type { Policy } from './policy.ts'

/**
 * GreedyDual-Size-Frequency with milliseconds as cost: the least of L + times × cost ÷ bytes goes, and its
 * priority becomes L, so that what is never asked for again falls behind. Exact, by a heap.
 */
export const gdsf: Policy = ({ bytes, costMs }, capacity) => {
  const held = new Map<number, { times: number; priority: number }>()
  const heap = createHeap()
  let inflation = 0
  let used = 0

  function rank(answer: number, times: number): void {
    const priority = inflation + (times * costMs[answer]!) / bytes[answer]!
    held.set(answer, { times, priority })
    heap.push({ priority, answer })
  }

  function evict(): void {
    const { priority, answer } = heap.pop()!
    // What was asked for since stands in the heap a second time, further back.
    if (held.get(answer)?.priority !== priority) return
    inflation = priority
    held.delete(answer)
    used -= bytes[answer]!
  }

  return {
    ask(answer) {
      const known = held.get(answer)
      rank(answer, (known?.times ?? 0) + 1)
      if (known !== undefined) return true
      used += bytes[answer]!
      while (used > capacity) evict()
      return false
    },
  }
}

interface Ranked {
  readonly priority: number
  readonly answer: number
}

function createHeap() {
  const items: Ranked[] = []
  const isBefore = (one: number, other: number) => items[one]!.priority < items[other]!.priority
  const swap = (one: number, other: number): void => {
    const item = items[one]!
    items[one] = items[other]!
    items[other] = item
  }
  return {
    push(item: Ranked): void {
      items.push(item)
      for (let at = items.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (!isBefore(at, parent)) break
        swap(at, parent)
        at = parent
      }
    },
    pop(): Ranked | undefined {
      if (items.length > 1) swap(0, items.length - 1)
      const first = items.pop()
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        let least = at
        for (const child of [left, left + 1])
          if (child < items.length && isBefore(child, least)) least = child
        if (least === at) return first
        swap(at, least)
        at = least
      }
    },
  }
}
