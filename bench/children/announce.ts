import type { AddressInfo, Server } from 'node:net'

/** Says where the server listens, as Reprise does, and ends the process with the one that started it. */
export function announce(server: Server): void {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`)
  process.on('SIGTERM', () => process.exit(0))
  process.stdin.on('end', () => process.exit(0)).resume()
}
