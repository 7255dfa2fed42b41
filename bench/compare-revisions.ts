// npm run bench:compare REV [-- --quick] [--only=<part of a title>]
// Builds another revision beside this one and asks both in turn, in the same run.

import {
  type Comparison,
  type Contender,
  compare,
  type Effort,
  nameOf,
} from './harness/comparison.ts'
import { claimCores } from './harness/cores.ts'
import { findDrivers } from './harness/drivers.ts'
import { openField } from './harness/field.ts'
import { CONNECTIONS } from './harness/load.ts'
import { toTable } from './harness/report.ts'
import { toStamp } from './harness/results.ts'
import { checkOut } from './harness/revision.ts'
import { isReprise } from './harness/rival.ts'
import { COMPARISONS } from './scenarios/comparisons.ts'

const flags = process.argv.slice(2)
const revision = flags.find((flag) => !flag.startsWith('--'))
if (revision === undefined) throw new Error('npm run bench:compare REV')
const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length)
const isQuick = flags.includes('--quick')
const effort: Effort = isQuick ? { rounds: 1, seconds: 1 } : { rounds: 5, seconds: 2 }

const other = checkOut(revision)
const cores = claimCores()
const field = await openField(undefined, cores)
const means = { field, drivers: findDrivers(cores), effort }
try {
  for (const comparison of COMPARISONS.filter(isWanted).map(toBoth)) {
    if (comparison.contenders.length === 0) continue
    const { title, standsFor, goals, connections = CONNECTIONS } = comparison
    const rows = await compare(comparison, means)
    const stamp = toStamp(isQuick ? 'quick' : 'full')
    console.log(toTable({ ...stamp, title, standsFor, connections, goals, rows, rounds: effort }))
  }
} finally {
  await field.close()
  other.remove()
}

function isWanted({ title, tier }: Comparison): boolean {
  return only === undefined ? !isQuick || tier === 'quick' : title.includes(only)
}

/** Reprise only, each beside itself; a tenth less than before is worth a word. */
function toBoth(comparison: Comparison): Comparison {
  const own = comparison.contenders.filter(({ rival }) => isReprise(rival))
  const contenders = own.flatMap((contender) => [contender, toOther(contender)])
  const goals = own.map((contender) => ({
    of: nameOf(contender),
    beside: nameOf(toOther(contender)),
    figure: 'requestsPerSecond' as const,
    bound: 'at-least' as const,
    value: 0.9,
  }))
  return { ...comparison, contenders, goals }
}

function toOther(contender: Contender): Contender {
  const { rival } = contender
  if (!isReprise(rival)) return contender
  const built = rival.builtIn(other.folder, `${rival.name} at ${revision}`)
  return { ...contender, rival: built, name: `${nameOf(contender)} at ${revision}` }
}
