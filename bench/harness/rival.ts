import type { Cores } from './cores.ts'
import type { Server } from './servers.ts'

/** What a server is started on. */
export interface Ground {
  /** The origin behind those that have one. */
  readonly originUrl: string
  /** A folder of its own, which goes with it. */
  readonly folder: string
  readonly cores: Cores | undefined
  /** Where profiles of Reprise are written; undefined: none are made. */
  readonly profileFolder: string | undefined
}

/** A server that takes part in comparisons. */
export interface Rival {
  readonly name: string
  /** Its version; undefined where it is not installed, and is then left out. */
  findVersion(): string | undefined
  start(ground: Ground): Promise<Server>
}

/** Reprise, whose counters say what became of the requests, and which can be taken from another checkout. */
export interface RepriseRival extends Rival {
  readonly kind: 'reprise'
  /** The same from the build in another folder. */
  builtIn(root: string, name: string): RepriseRival
}

/** Whether its requests can be counted by outcome. */
export function isReprise(rival: Rival): rival is RepriseRival {
  return 'kind' in rival
}
