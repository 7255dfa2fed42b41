import { hostname, networkInterfaces } from 'node:os'
import type { Parts } from './compose.ts'
import { isLoopback } from './config/load.ts'
import { toRefused } from './metrics/refused.ts'
import { observe } from './observing.ts'
import { createOriginPolicy } from './ollama/origins.ts'
import { createGuard, type Guard } from './proxy/guard.ts'
import { createOriginProbe } from './upstream/origins.ts'

/** The guard, with the rules of Ollama and those of the configuration. */
export function buildGuard(parts: Parts): Guard {
  const { config, upstream, clock } = parts
  const probe = createOriginProbe(upstream, clock)
  return createGuard({
    pseudonym: parts.pseudonym,
    origins: createOriginPolicy(config.security.origins),
    askOrigin: (origin) => probe.isAllowed(origin),
    localNames: isLoopback(config.listen.host) ? readLocalNames() : undefined,
    hosts: config.security.hosts.map((host) => host.toLowerCase()),
    isDraining: () => parts.state === 'draining',
    onRefused: (status) => observe(parts, toRefused(status)),
  })
}

/** Ollama allows the name and every address of the machine it runs on. */
function readLocalNames() {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return { hostname: hostname(), addresses: addresses.map(({ address }) => address) }
}
