// Writes docs/images/dashboard-light.png and -dark.png: an hour of work of a small team, in seconds. Runs on the build
// and needs a Chromium; an argument names another folder. The origin says how long a model would have taken, and the clock is moved on by that.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { systemClock } from '../dist/clock.js'
import { loadConfig } from '../dist/config/load.js'
import { createLog } from '../dist/log.js'
import { startServer } from '../dist/server.js'

const IMAGES = process.argv[2] ?? fileURLToPath(new URL('../docs/images/', import.meta.url))
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A random number from 0 to 1, the same in every run. */
const random = (() => {
  let state = 42
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
})()

let aheadMs = -HOUR_MS
const clock = {
  now: () => Math.floor(systemClock.now() + aheadMs),
  monotonic: () => systemClock.monotonic() + aheadMs + HOUR_MS,
  startTimer: (delayMs, run) => systemClock.startTimer(delayMs, run),
}

const MODELS = ['llama3.2:latest', 'qwen3:8b', 'nomic-embed-text:latest', 'llava:7b']
const toDigest = (text) => createHash('sha256').update(text).digest('hex')

function listModels() {
  return MODELS.map((name) => ({ name, model: name, digest: toDigest(name), details: {} }))
}

function listLoaded() {
  const until = new Date(clock.now() + 1_680_000).toISOString()
  return listModels()
    .slice(0, 2)
    .map((model, i) => {
      const size = [3_400_000_000, 6_100_000_000][i]
      return { ...model, size, size_vram: i === 0 ? size : size * 0.7, expires_at: until }
    })
}

function runModel(path, { model, input, prompt = '' }) {
  const ms = path === '/api/embed' ? 60 + random() * 80 : 900 + random() * 9_000
  aheadMs += ms
  const durations = { total_duration: ms * 1e6, prompt_eval_duration: ms * 1e5 }
  if (path === '/api/embed') {
    const embeddings = [input].flat().map((text) => [text.length, 0.5, random()])
    return { model, embeddings, ...durations, prompt_eval_count: 12 }
  }
  const text = `An answer to: ${prompt}`
  const said =
    path === '/api/chat' ? { message: { role: 'assistant', content: text } } : { response: text }
  const ended = {
    done: true,
    done_reason: 'stop',
    eval_count: Math.round(ms / 28),
    eval_duration: ms * 9e5,
  }
  return { model, created_at: new Date(clock.now()).toISOString(), ...said, ...ended, ...durations }
}

function answer(path, body) {
  switch (path) {
    case '/api/version':
      return { version: '0.32.15' }
    case '/api/tags':
      return { models: listModels() }
    case '/api/ps':
      return { models: listLoaded() }
    case '/api/show':
      return { template: '{{ .Prompt }}' }
    default:
      return runModel(path, body)
  }
}

async function startOrigin() {
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const said = answer(request.url, JSON.parse(Buffer.concat(chunks).toString() || '{}'))
    const isStream = ['/api/generate', '/api/chat'].includes(request.url)
    response.setHeader('Content-Type', isStream ? 'application/x-ndjson' : 'application/json')
    response.end(`${JSON.stringify(said)}\n`)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

/** One request of somebody's: most of them ask again what was asked before. */
function toRequest() {
  const kind = random()
  const which = Math.floor(random() ** 2.2 * 60)
  if (kind < 0.25) return ['/api/embed', { model: 'nomic-embed-text', input: `paragraph ${which}` }]
  if (kind < 0.6)
    return ['/api/generate', { model: 'llama3.2', prompt: `Summarise page ${which}.` }]
  const messages = [{ role: 'user', content: `Review change ${which}.` }]
  if (kind < 0.95) return ['/api/chat', { model: 'qwen3:8b', messages }]
  return ['/api/generate', { model: 'llama3.2', prompt: 'A poem.', options: { temperature: 0.9 } }]
}

async function ask(url, [path, body]) {
  const answered = await fetch(url + path, {
    method: 'POST',
    body: JSON.stringify({ stream: false, ...body }),
  })
  await answered.arrayBuffer()
}

/** A quiet begin, more towards the end; in the last minute several ask the same at once. */
async function work(url) {
  for (let minute = 0; minute < 60; minute++) {
    const untilMs = (minute + 1) * MINUTE_MS - HOUR_MS
    const count = Math.floor(2 + random() * 6 + minute / 12)
    for (let i = 0; i < count && aheadMs < untilMs; i++) await ask(url, toRequest())
    aheadMs = Math.max(aheadMs, untilMs)
  }
  aheadMs = Math.max(0, aheadMs)
  const same = ['/api/generate', { model: 'llava:7b', prompt: 'What is this?', images: ['aGk='] }]
  await Promise.all([ask(url, same), ask(url, same), ask(url, same)])
  for (let i = 0; i < 12; i++) await ask(url, toRequest())
}

async function takePicture(browser, url, colorScheme) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 1180 } })
  await page.goto(`${url}/reprise/`)
  await page.waitForSelector('#model-rows th')
  await page.waitForSelector('#request-rows .word')
  await page.screenshot({ path: join(IMAGES, `dashboard-${colorScheme}.png`) })
}

function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  for (const name of names) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {}
  }
  console.error(`none of ${names.join(', ')} is installed`)
  return process.exit(1)
}

const dataDir = mkdtempSync(join(tmpdir(), 'reprise-pictures-'))
const origin = await startOrigin()
// The clock jumps, which looks like a process that cannot keep up.
const overload = { 'overload.maxEventLoopDelayMs': 0 }
const flags = { listen: '127.0.0.1:0', upstream: origin.url, dataDir, ...overload }
const server = await startServer(loadConfig({ flags, environment: {} }), {
  ...createLog({
    level: 'silent',
    format: 'json',
    screen: 'none',
    label: '',
    output: { write() {} },
  }),
  clock,
})
// As root, as in a container, Chromium refuses to run in its sandbox.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const browser = await chromium.launch({ executablePath: findChromium(), args: sandbox })
try {
  await work(server.url)
  await server.flush()
  mkdirSync(IMAGES, { recursive: true })
  for (const colorScheme of ['light', 'dark']) await takePicture(browser, server.url, colorScheme)
} finally {
  await browser.close()
  await server.close()
  origin.server.close()
  origin.server.closeAllConnections()
  rmSync(dataDir, { recursive: true, force: true })
}
