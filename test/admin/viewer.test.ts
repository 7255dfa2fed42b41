import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fastify } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { registerEvents } from '../../src/admin/events.ts'
import type { Viewer } from '../../src/admin/live.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** The route over a broadcast that a test speaks for. */
async function openRoute() {
  const seen: { viewer?: Viewer; left?: () => void } = {}
  const gone = new Promise<void>((resolve) => {
    seen.left = resolve
  })
  const app = fastify({
    serverFactory: (handler) => {
      server = createServer(handler)
      return server
    },
  })
  registerEvents(app, {
    live: {
      watch(viewer) {
        seen.viewer = viewer
        viewer.send('event: past\ndata: {}\n\n')
        return { leave: () => seen.left?.() }
      },
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { port: (app.server.address() as AddressInfo).port, seen, gone }
}

describe('a viewer that does not read', () => {
  it('is cut when a megabyte waits for it, and holds nothing after that', async () => {
    const { port, seen, gone } = await openRoute()
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /reprise/events HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise<void>((resolve) => socket.once('data', () => resolve()))
    socket.pause()
    const line = `:${'x'.repeat(256 * 1024)}\n\n`
    let sent = 0
    let isGone = false
    void gone.then(() => {
      isGone = true
    })
    // The kernel takes some megabytes before anything waits in this process.
    while (!isGone && sent < 400) {
      seen.viewer?.send(line)
      sent += 1
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    expect(isGone).toBe(true)
    expect(sent).toBeGreaterThan(3)
    socket.destroy()
  })
})
