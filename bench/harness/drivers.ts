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

/**
 * wrk where it is installed. Measured on two cores (`scenarios/drivers.ts`): asked by wrk every server is
 * the one that is busy (0.99 of its core, up to 67 k requests/s); asked by autocannon the fastest is not
 * (0.89 at 65 k). And autocannon tells waiting in whole ms, wrk in µs.
 */
export function findDrivers(cores: Cores | undefined): Drivers {
  const autocannon = createAutocannon(cores?.load)
  const hasWrk = findWrkVersion() !== undefined
  return { usual: hasWrk ? createWrk(cores?.load) : autocannon, autocannon }
}

/** Version of wrk; it says so beside its usage. */
export function findWrkVersion(): string | undefined {
  return findProgramVersion('wrk', ['-v'], /wrk (\S+)/)
}
