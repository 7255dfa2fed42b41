import type { Cores } from './cores.ts'
import type { Drivers } from './drivers.ts'
import type { Field } from './field.ts'

/** The least effort at which something is measured: `quick` is a glance, `long` takes minutes by itself. */
export type Tier = 'quick' | 'full' | 'long'

/** One number that was measured, and what it has to be. */
export interface Figure {
  readonly name: string
  readonly measured: number
  readonly unit: 'ms' | 'MiB' | 'runs' | 'clients' | 'chunks' | 'requests/s' | '×' | 'probes'
  /** Absent where the number only explains another. */
  readonly goal?: FigureGoal
  /** What else was seen: spreads, the number of samples. */
  readonly detail?: string
  /** `yes`: a line of the README’s table. */
  readonly isHeadline?: 'yes'
}

/** What a number has to be. */
export interface FigureGoal {
  readonly kind: 'at-most' | 'at-least' | 'below' | 'exactly'
  readonly value: number
}

/** No more than this. */
export const atMost = (value: number): FigureGoal => ({ kind: 'at-most', value })

/** No less than this. */
export const atLeast = (value: number): FigureGoal => ({ kind: 'at-least', value })

/** Less than this. */
export const below = (value: number): FigureGoal => ({ kind: 'below', value })

/** This and nothing else. */
export const exactly = (value: number): FigureGoal => ({ kind: 'exactly', value })

/** What a scenario is given. */
export interface Bench {
  readonly cores: Cores | undefined
  readonly effort: Tier
  /** Where profiles of the server are written; undefined: none are made. */
  readonly profileFolder: string | undefined
  readonly field: Field
  readonly drivers: Drivers
}

/** One subject whose figures are judged each by itself. */
export interface FigureScenario {
  readonly title: string
  /** What happens in practice that this stands for. */
  readonly standsFor: string
  /** `full` if absent. */
  readonly tier?: Tier
  measure(bench: Bench): Promise<Figure[]>
}

/** Whether the number is what it has to be; undefined where nothing is asked of it. */
export function isMet({ measured, goal }: Figure): boolean | undefined {
  switch (goal?.kind) {
    case undefined:
      return undefined
    case 'at-most':
      return measured <= goal.value
    case 'at-least':
      return measured >= goal.value
    case 'below':
      return measured < goal.value
    case 'exactly':
      return measured === goal.value
  }
}

/** Whether an effort is enough for what a scenario needs. */
export function includes(effort: Tier, tier: Tier): boolean {
  return TIERS.indexOf(tier) <= TIERS.indexOf(effort)
}

const TIERS: readonly Tier[] = ['quick', 'full', 'long']
