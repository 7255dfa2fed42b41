import { BlockList, isIP } from 'node:net'

/** What this machine is called and which addresses it has. */
export interface LocalNames {
  readonly hostname: string
  readonly addresses: readonly string[]
}

/** Names that no public DNS resolves (Ollama's `allowedHost`). */
const LOCAL_SUFFIXES = ['.localhost', '.local', '.internal']

const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4')
}
PRIVATE.addAddress('0.0.0.0', 'ipv4')
PRIVATE.addAddress('::', 'ipv6')
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

/**
 * Whether a Host header names this machine, as Ollama asks while it listens on loopback: its defence
 * against DNS rebinding (ollama-wire §6; corpus 046–052). An absent or empty one does.
 */
export function isAllowedHost(host: string | undefined, local: LocalNames): boolean {
  const name = toHostname(host)
  if (name === '') return true
  const family = isIP(name)
  if (family !== 0) {
    return PRIVATE.check(name, family === 4 ? 'ipv4' : 'ipv6') || local.addresses.includes(name)
  }
  if (name === 'localhost' || name === local.hostname.toLowerCase()) return true
  return LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix))
}

/** The name in a Host header, in lower case, without port and brackets. */
export function toHostname(host: string | undefined): string {
  const text = (host ?? '').trim().toLowerCase()
  const bracketed = /^\[([^\]]*)\](:\d*)?$/.exec(text)?.[1]
  if (bracketed !== undefined) return bracketed
  return isIP(text) === 6 ? text : text.replace(/:\d*$/, '')
}
