// An Ollama that does what the prompt says, and writes down who came and who left. Argument: its port.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { TAGS } from '../harness/answers.ts'
import { readInstantMs } from '../harness/instant.ts'
import { type Script, type SeenRun, toFrames, toStampedFrame } from '../harness/script.ts'
import { announce } from './announce.ts'

type Noted = { -readonly [K in keyof SeenRun]: SeenRun[K] }

const FIXED: Readonly<Record<string, Buffer>> = {
  '/': Buffer.from('Ollama is running'),
  '/api/version': Buffer.from('{"version":"0.12.6"}'),
  '/api/tags': TAGS,
  '/api/ps': TAGS,
  '/api/show': Buffer.from('{"template":"{{ .Prompt }}","details":{"family":"bench"}}'),
}

const runs: Noted[] = []
const held = new Map<Noted, ServerResponse>()
let versionAsked = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => answer(request, Buffer.concat(chunks), response))
})

function answer({ url = '/' }: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const whole = findWhole(url)
  if (whole !== undefined) {
    sendWhole(response, whole)
    return
  }
  const { prompt = '', messages } = JSON.parse(body.toString()) as Asked
  startRun(JSON.parse(messages?.[0]?.content ?? prompt) as Script, response)
}

interface Asked {
  readonly prompt?: string
  readonly messages?: readonly { readonly content: string }[]
}

function findWhole(url: string): Buffer | string | undefined {
  if (url === '/api/version') versionAsked += 1
  if (url === '/bench/log') return JSON.stringify({ runs, versionAsked })
  if (url === '/bench/reset') return JSON.stringify(resetHeld())
  return FIXED[url]
}

function startRun(script: Script, response: ServerResponse): void {
  const { tag, hold, thinkMs } = script
  const isFirst = !runs.some((run) => run.tag === tag)
  const run: Noted = { tag, arrivedAt: readInstantMs() }
  runs.push(run)
  response.once('close', () => {
    held.delete(run)
    if (!response.writableFinished && run.resetAt === undefined) run.leftAt = readInstantMs()
  })
  if (hold === 'all' || (hold === 'first' && isFirst)) held.set(run, response)
  else if (thinkMs > 0) setTimeout(() => sendFrames(script, run, response), thinkMs)
  else sendFrames(script, run, response)
}

/** Each frame is written by itself, as Ollama flushes each; those that are due at once in one turn. */
function sendFrames(script: Script, run: Noted, response: ServerResponse): void {
  const frames = toFrames(script)
  const startedAt = readInstantMs()
  let sent = 0
  response.setHeader('Content-Type', 'application/x-ndjson')
  response.flushHeaders()
  const send = (): void => {
    if (response.destroyed) return
    const elapsedMs = readInstantMs() - startedAt
    const due = script.paceMs === 0 ? frames.length : Math.floor(elapsedMs / script.paceMs)
    for (; sent < Math.min(due, frames.length); sent += 1) {
      const isStamped = script.stamp === 'sent-at' && sent < frames.length - 1
      response.write(isStamped ? toStampedFrame(readInstantMs()) : frames[sent])
    }
    if (sent < frames.length) {
      setTimeout(send, 1)
      return
    }
    response.end()
    run.endedAt = readInstantMs()
  }
  send()
}

/** Breaks off what is held, with a reset where nothing of an answer was sent. */
function resetHeld(): { resetAt: number } {
  const resetAt = readInstantMs()
  for (const [run, response] of held) {
    run.resetAt = resetAt
    response.socket?.resetAndDestroy()
  }
  return { resetAt }
}

function sendWhole(response: ServerResponse, body: Buffer | string): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}

// As Ollama: a client that is busy elsewhere for a while finds its connection as it left it.
server.keepAliveTimeout = 0
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server))
