/** What the order of turns looks at. */
export interface Turn {
  /** Who waits: turns go round between clients. */
  readonly client: string
  /** What it shares with others that are better served together. */
  readonly group: string
}

/** Those who wait, in the order in which they will be served. */
export interface Turns<T extends Turn> {
  readonly size: number
  add(turn: T): void
  /** Takes one out that no longer waits; nothing where it does not. */
  remove(turn: T): void
  /** Takes out the one to serve next, where the last one served was of this group. */
  take(group: string | undefined): T | undefined
  /** Takes out the one that would be served last. */
  takeLast(): T | undefined
}

/**
 * Turns in order of arrival while nobody has two waiting; where somebody has, the turn goes round between the
 * clients, each in its own order of arrival. With `groupTurns` above 0 one of the group just served goes
 * first, out of turn, as long as nobody before it has been passed over in this way that many times already.
 */
export function createTurns<T extends Turn>(groupTurns: number): Turns<T> {
  return new RoundOfClients(groupTurns)
}

class RoundOfClients<T extends Turn> implements Turns<T> {
  size = 0
  /** The clients, the next one first; of each those who wait, and how often they were passed over. */
  readonly #clients = new Map<string, Map<T, number>>()
  readonly #groupTurns: number

  constructor(groupTurns: number) {
    this.#groupTurns = groupTurns
  }

  add(turn: T): void {
    const own = this.#clients.get(turn.client)
    if (own === undefined) this.#clients.set(turn.client, new Map([[turn, 0]]))
    else own.set(turn, 0)
    this.size += 1
  }

  remove(turn: T): void {
    const own = this.#clients.get(turn.client)
    if (!own?.delete(turn)) return
    this.size -= 1
    if (own.size === 0) this.#clients.delete(turn.client)
  }

  take(group: string | undefined): T | undefined {
    // Asked whenever a slot is given back: most often nobody waits.
    if (this.size === 0) return undefined
    const turn = this.#pick(group)
    if (turn !== undefined) this.#serve(turn)
    return turn
  }

  takeLast(): T | undefined {
    const last = [...this.#inTurn()].at(-1)
    if (last !== undefined) this.remove(last)
    return last
  }

  #pick(group: string | undefined): T | undefined {
    const before: T[] = []
    for (const turn of this.#inTurn()) {
      if (turn.group === group) {
        for (const passed of before) this.#passOver(passed)
        return turn
      }
      if (this.#countPasses(turn) >= this.#groupTurns) break
      before.push(turn)
    }
    return this.#inTurn().next().value
  }

  /** Everybody in the order of turns: the first of each client, then the second of each, and so on. */
  *#inTurn(): Generator<T, undefined> {
    let round = listEach(this.#clients.values())
    for (;;) {
      const next: Iterator<T>[] = []
      for (const own of round) {
        const found = own.next()
        if (found.done) continue
        yield found.value
        next.push(own)
      }
      if (next.length === 0) return
      round = next
    }
  }

  #countPasses(turn: T): number {
    return this.#clients.get(turn.client)?.get(turn) ?? 0
  }

  #passOver(turn: T): void {
    this.#clients.get(turn.client)?.set(turn, this.#countPasses(turn) + 1)
  }

  /** A client that was served waits until all others were. Served out of its own order, it keeps its turn. */
  #serve(turn: T): void {
    const own = this.#clients.get(turn.client)
    const isOldest = own?.keys().next().value === turn
    this.remove(turn)
    if (own === undefined || own.size === 0 || !isOldest) return
    this.#clients.delete(turn.client)
    this.#clients.set(turn.client, own)
  }
}

/** Lazily, because the next turn is most often the first one. */
function* listEach<T>(clients: Iterable<Map<T, number>>): Iterable<Iterator<T>> {
  for (const own of clients) yield own.keys()
}
