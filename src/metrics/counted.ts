import { Counter, type Registry } from 'prom-client'

/** A counter with one label that is cheap to count into: its series are made when somebody scrapes. */
export interface Counted {
  /** Adds so much, 0 or more, to the series of a label's value. */
  add(value: string, amount: number): void
}

/** Declares one. Every value it ever had stays a series: they must be few. */
export function declareCounted(
  { name, label, registers }: { name: string; label: string; registers: Registry[] },
  help: string,
): Counted {
  const counts = new Map<string, { count: number }>()
  new Counter({
    name,
    help,
    labelNames: [label],
    registers,
    collect() {
      this.reset()
      for (const [value, { count }] of counts) this.inc({ [label]: value }, count)
    },
  })
  return {
    add(value, amount) {
      const known = counts.get(value)
      if (known === undefined) counts.set(value, { count: amount })
      else known.count += amount
    },
  }
}
