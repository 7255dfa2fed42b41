// node dist-bench/eviction/simulate.js, after `npm run build` and `npx tsc -p bench/tsconfig.json`:
// generation time saved at equal bytes. What a boundless cache saves bounds what any policy can reach.
import { gdsf } from './gdsf.ts'
import { boundless, lru, type Policy, replay, type Savings } from './policy.ts'
import { sieve } from './sieve.ts'
import { makeTrace, type TraceShape, totalBytes } from './trace.ts'
import { byWorth } from './worth-policy.ts'

const POLICIES: Readonly<Record<string, Policy>> = { lru, sieve, gdsf, ours: byWorth, boundless }

/** A trace, the capacities it is replayed at as shares of all its bytes, and what ours has to reach beside LRU. */
interface Run extends TraceShape {
  readonly capacities: readonly number[]
  readonly goal: number
}

const COMMON: Run = {
  ...{ title: 'Zipf 0.8, half once, four speeds', alpha: 0.8, onceShare: 0.5, costs: 'speeds' },
  ...{ capacities: [0.02, 0.1, 0.3], goal: 1.15 },
}

const RUNS: readonly Run[] = [
  COMMON,
  {
    ...COMMON,
    title: 'Zipf 1.0, 30 % once, four speeds',
    alpha: 1,
    onceShare: 0.3,
    capacities: [0.1],
  },
  { ...COMMON, title: 'Zipf 0.8, half once, equal costs', costs: 'equal', capacities: [0.1] },
  {
    ...COMMON,
    title: 'scans of 4 000, four speeds',
    onceShare: 0.1,
    scanChance: 0.00015,
    capacities: [0.1],
  },
  {
    ...COMMON,
    title: 'embeddings beside text',
    costs: 'mixed',
    capacities: [0.02, 0.1],
    goal: 1.5,
  },
]

const percent = (share: number): string => (100 * share).toFixed(1)
const cell = ({ time, hits }: Savings): string => `${percent(time)} (${percent(hits)})`.padStart(14)

console.log('Share of the generation time that is saved, in %, and in brackets of the requests')
console.log(
  `${''.padEnd(42)}${Object.keys(POLICIES)
    .map((name) => name.padStart(14))
    .join('')}`,
)
let missed = 0
for (const run of RUNS) {
  const trace = makeTrace(run)
  const bytes = totalBytes(trace)
  for (const share of run.capacities) {
    const entries = Object.entries(POLICIES)
    const savings = entries.map(([name, policy]) => [name, replay(trace, policy, bytes * share)])
    const { lru: ofLru, sieve: ofSieve, ours, boundless: most } = Object.fromEntries(savings)
    const factor = ours.time / ofLru.time
    if (factor < run.goal) missed += 1
    const verdict = factor >= run.goal ? 'met' : `missed (${run.goal})`
    console.log(
      `${`${run.title}, ${100 * share} %`.padEnd(42)}${savings.map(([, one]) => cell(one as Savings)).join('')}  ` +
        `× ${factor.toFixed(2)} LRU, × ${(ours.time / ofSieve.time).toFixed(2)} SIEVE, ` +
        `${percent(ours.time / most.time)} % of boundless (× ${(most.time / ofLru.time).toFixed(2)} LRU): ${verdict}`,
    )
  }
}
console.log(`${missed} missed`)
