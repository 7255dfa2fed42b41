import { hostname, networkInterfaces } from 'node:os'
import type { Parts } from './compose.ts'
import type { Config } from './config/config.ts'
import { isLoopback } from './config/load.ts'
import { toRefused } from './metrics/refused.ts'
import { createOriginPolicy } from './ollama/origins.ts'
import { createGuard, type Guard, type GuardOptions } from './proxy/guard.ts'
import { createOriginProbe } from './upstream/origins.ts'

/** The guard, with the rules of Ollama and those of the configuration. */
export function buildGuard(parts: Parts): Guard {
  const probe = createOriginProbe(parts.upstream, parts.clock)
  return createGuard({
    ...toGuardRules(parts.config),
    pseudonym: parts.pseudonym,
    askOrigin: (origin) => probe.isAllowed(origin),
    isDraining: () => parts.state === 'draining',
    onRefused: (status) => parts.ended.add(toRefused(status)),
  })
}

/** What of the guard the configuration and the machine decide: the same in every process. */
export function toGuardRules({
  listen,
  security,
}: Config): Pick<GuardOptions, 'origins' | 'localNames' | 'hosts'> {
  return {
    origins: createOriginPolicy(security.origins),
    localNames: isLoopback(listen.host) ? readLocalNames() : undefined,
    hosts: security.hosts.map((host) => host.toLowerCase()),
  }
}

/** Ollama allows the name and every address of the machine it runs on. */
function readLocalNames() {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return { hostname: hostname(), addresses: addresses.map(({ address }) => address) }
}
