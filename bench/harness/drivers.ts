import { createAutocannon } from './autocannon.ts'
import type { Cores } from './cores.ts'
import type { Driver } from './load.ts'
import { findProgramVersion } from './versions.ts'
import { createWrk } from './wrk.ts'

/** Load generators by name; `usual` is the one that keeps up longest. */
export interface Drivers {
  readonly usual: Driver
  readonly autocannon: Driver
}

/** wrk where it is installed, as it is only at two fifths of its own limit when a Node server is at it. */
export function findDrivers(cores: Cores | undefined): Drivers {
  const autocannon = createAutocannon(cores?.load)
  const hasWrk = findWrkVersion() !== undefined
  return { usual: hasWrk ? createWrk(cores?.load) : autocannon, autocannon }
}

/** Version of wrk; it says so beside its usage. */
export function findWrkVersion(): string | undefined {
  return findProgramVersion('wrk', ['-v'], /wrk (\S+)/)
}
