import type { Policy } from './policy.ts'

interface Node {
  readonly answer: number
  isVisited: boolean
  newer: Node | undefined
  older: Node | undefined
}

/**
 * SIEVE (NSDI 2024): a queue with one bit for each entry, set by a hit. A hand goes from the oldest to the
 * newest, clears the bits that are set, and takes out the first entry whose bit is not; it stays there.
 */
export const sieve: Policy = ({ bytes }, capacity) => {
  const nodes = new Map<number, Node>()
  let newest: Node | undefined
  let oldest: Node | undefined
  let hand: Node | undefined
  let used = 0

  function evict(): void {
    let node = hand ?? oldest
    while (node?.isVisited) {
      node.isVisited = false
      node = node.newer ?? oldest
    }
    if (node === undefined) return
    hand = node.newer
    if (node.newer) node.newer.older = node.older
    else newest = node.older
    if (node.older) node.older.newer = node.newer
    else oldest = node.newer
    nodes.delete(node.answer)
    used -= bytes[node.answer]!
  }

  return {
    ask(answer) {
      const known = nodes.get(answer)
      if (known !== undefined) {
        known.isVisited = true
        return true
      }
      while (oldest !== undefined && used + bytes[answer]! > capacity) evict()
      const node: Node = { answer, isVisited: false, newer: undefined, older: newest }
      if (newest) newest.newer = node
      newest = node
      oldest ??= node
      nodes.set(answer, node)
      used += bytes[answer]!
      return false
    },
  }
}
