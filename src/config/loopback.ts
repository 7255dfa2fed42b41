import { isIPv4 } from 'node:net'

/** Whether only this machine reaches the address; an IPv6 one with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host).toLowerCase()
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
}

/** Whether a server that listens on one of the names may be reached by the other. */
export function isSameHost(upstream: string, listen: string): boolean {
  const host = withoutBrackets(upstream)
  if (host === listen) return true
  const isEverywhere = listen === '' || listen === '0.0.0.0' || listen === '::'
  return isLoopback(host) && (isLoopback(listen) || isEverywhere)
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
