import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer } from './origin-answers.ts'
import { applyFault, type Fault } from './origin-faults.ts'
import type { Plan } from './origin-plan.ts'
import { type SimulatedModel, toModel, type World } from './origin-world.ts'

/** A request that reached the simulated origin. */
export interface Call {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** The body as JSON; undefined where it is none. */
  readonly json: Record<string, unknown> | undefined
  state: 'open' | 'finished' | 'aborted'
  /** Resolves when the answer is out, or the peer has gone. */
  readonly closed: Promise<void>
}

/** A point at which the origin waits until it is let go. */
export interface Barrier {
  /** Resolves when a request stands there. */
  readonly arrived: Promise<void>
  release(): void
}

/** A simulated Ollama on a free port of the loopback. */
export interface SimulatedOrigin {
  readonly url: string
  readonly port: number
  readonly world: World
  /** All requests but those of the registry (`/api/version`, `/api/tags`, `/api/show`). */
  calls(path?: string): readonly Call[]
  /** Every request, in order. */
  readonly allCalls: readonly Call[]
  /** Resolves with the nth request (from 1) of a path, which may have come already. */
  waitForCall(path: string, n?: number): Promise<Call>
  setModel(name: string, seed: string): SimulatedModel
  /** The next requests of a path wait before their headers, or before a frame counted from 0. */
  hold(path: string, point: 'headers' | number): Barrier
  /** The next request of a path is answered wrongly. */
  fail(path: string, ...faults: Fault[]): void
  /** The next request of a path is answered with this plan, which may depend on the body. */
  answerWith(path: string, plan: Plan | ((body: Buffer) => Plan)): void
  /** Forgets what was scripted and never asked for. */
  forget(): void
  /** Called when the next request of a path has sent so many frames. */
  onFrame(path: string, frame: number, act: () => void): void
  close(): Promise<void>
}

interface Script {
  readonly path: string
  readonly apply: (plan: Plan, body: Buffer) => Plan
}

interface Stop {
  readonly path: string
  readonly point: 'headers' | number
  readonly reach: () => Promise<void> | undefined
}

const REGISTRY_PATHS = ['/api/version', '/api/tags', '/api/show']

/** Starts one with the models `tiny:latest` and `other:latest`, on a port where one has been closed or a free one. */
export async function startOrigin(listenPort = 0): Promise<SimulatedOrigin> {
  const world: World = {
    version: '0.32.15',
    models: new Map(),
    blobs: new Set(),
    origins: new Set(),
  }
  const calls: Call[] = []
  const scripts: Script[] = []
  const stops: Stop[] = []
  const watchers = new Set<() => void>()

  const takeScript = (path: string): Script | undefined => {
    const at = scripts.findIndex((script) => script.path === path)
    return at < 0 ? undefined : scripts.splice(at, 1)[0]
  }

  const server = createServer((request, response) => {
    void receive(request).then(async (body) => {
      const call = toCall(request, body, response)
      calls.push(call)
      for (const watch of [...watchers]) watch()
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      const { method = '' } = request
      const healthy = answer(world, { method, path, body, origin: request.headers.origin })
      // The registry asks on its own behalf, without Via: scripts are for what clients ask.
      const isClients = !REGISTRY_PATHS.includes(path) || request.headers.via !== undefined
      const script = isClients ? takeScript(path) : undefined
      const plan = script?.apply(healthy, body) ?? healthy
      await perform(response, plan, (point) => {
        const stop = stops.find((each) => each.path === path && each.point === point)
        return stop?.reach()
      })
    })
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(listenPort, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  world.models.set('tiny:latest', toModel('tiny'))
  world.models.set('other:latest', toModel('other'))

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    world,
    allCalls: calls,
    calls: (path) =>
      calls.filter((call) =>
        path === undefined ? !REGISTRY_PATHS.includes(call.path) : call.path.split('?')[0] === path,
      ),
    waitForCall: (path, n = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = calls.filter((call) => call.path.split('?')[0] === path)[n - 1]
          if (found === undefined) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    setModel(name, seed) {
      const model = toModel(seed)
      world.models.set(name, model)
      return model
    },
    hold(path, point) {
      const gate = withResolvers()
      const arrival = withResolvers()
      const stop: Stop = {
        path,
        point,
        reach: () => {
          arrival.resolve()
          return gate.promise
        },
      }
      stops.push(stop)
      return {
        arrived: arrival.promise,
        release() {
          const at = stops.indexOf(stop)
          if (at >= 0) stops.splice(at, 1)
          gate.resolve()
        },
      }
    },
    fail(path, ...faults) {
      for (const fault of faults) scripts.push({ path, apply: (plan) => applyFault(plan, fault) })
    },
    answerWith(path, plan) {
      const apply = (_: Plan, body: Buffer) => (typeof plan === 'function' ? plan(body) : plan)
      scripts.push({ path, apply })
    },
    forget: () => void scripts.splice(0),
    onFrame(path, point, act) {
      const stop: Stop = {
        path,
        point,
        reach: () => {
          stops.splice(stops.indexOf(stop), 1)
          act()
          return undefined
        },
      }
      stops.push(stop)
    },
    close: () =>
      new Promise((resolve) => {
        for (const stop of stops.splice(0)) void stop.reach()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** `Promise.withResolvers` came with Node 22. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((each) => {
    resolve = each
  })
  return { promise, resolve }
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function toCall(request: IncomingMessage, body: Buffer, response: ServerResponse): Call {
  const raw = request.rawHeaders
  const headers: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) headers.push([raw[i] ?? '', raw[i + 1] ?? ''])
  const closed = withResolvers()
  const { method = '', url = '' } = request
  const call: Call = {
    method,
    path: url,
    headers,
    body,
    json: toJson(body),
    state: 'open',
    closed: closed.promise,
  }
  response.once('finish', () => {
    call.state = 'finished'
    closed.resolve()
  })
  response.once('close', () => {
    if (call.state === 'open') call.state = 'aborted'
    closed.resolve()
  })
  return call
}

function toJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Writes a plan, stopping where somebody wants it to; resolves when all is on its way. */
async function perform(
  response: ServerResponse,
  plan: Plan,
  stopAt: (point: 'headers' | number) => Promise<void> | undefined,
): Promise<void> {
  await stopAt('headers')
  if (plan.head === 'sent') writeHead(response, plan)
  for (const [i, piece] of plan.pieces.entries()) {
    await stopAt(i)
    if (response.destroyed) return
    if (piece.length > 0) await write(response, piece)
  }
  await stopAt(plan.pieces.length)
  finish(response, plan)
}

function writeHead(response: ServerResponse, plan: Plan): void {
  const length = plan.pieces.reduce((sum, piece) => sum + piece.length, 0)
  const lines = plan.headers.flat()
  if (plan.framing === 'length' && plan.status !== 204) lines.push('Content-Length', String(length))
  if (plan.framing === 'close') {
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
  }
  response.writeHead(plan.status, lines)
  response.flushHeaders()
}

function write(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    // A response that is destroyed calls back as well, with an error.
    response.write(piece, () => resolve())
  })
}

function finish(response: ServerResponse, plan: Plan): void {
  switch (plan.ending) {
    case 'hang':
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'close':
      response.socket?.destroySoon()
      return
    case 'proper':
      response.end()
  }
}
