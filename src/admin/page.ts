import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toHostname } from '../ollama/hosts.ts'
import type { AdminToken } from './admin-token.ts'

/** What the page needs of the rest. */
export interface PageOptions {
  readonly token: AdminToken
  /** Whether an address or name is this machine's own. */
  isLoopback(host: string): boolean
}

/** Where its files are: one level up from `src` as from `dist`, because the build copies none. */
const FOLDER = new URL('../../src/admin/dashboard/', import.meta.url)

const PAGE = 'index.html'

const STYLE = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** What the page is made of besides itself, and nothing else is served. */
const ASSETS: Readonly<Record<string, string>> = {
  'charts.css': STYLE,
  'colours.css': STYLE,
  'controls.css': STYLE,
  'layout.css': STYLE,
  'tables.css': STYLE,
  'charts.js': SCRIPT,
  'confirm.js': SCRIPT,
  'dashboard.js': SCRIPT,
  'elements.js': SCRIPT,
  'entries.js': SCRIPT,
  'explain.js': SCRIPT,
  'latency.js': SCRIPT,
  'models.js': SCRIPT,
  'numbers.js': SCRIPT,
  'overview.js': SCRIPT,
  'requests.js': SCRIPT,
  'server.js': SCRIPT,
  'settings.js': SCRIPT,
}

/** Nothing but the page's own files is loaded or asked, nothing is inline, and no text becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** The dashboard at `/reprise/`: files as they are, but for the token. */
export function registerPage(app: FastifyInstance, options: PageOptions): void {
  app.get('/reprise/', async ({ raw }, reply) => {
    const text = await readFile(new URL(PAGE, FOLDER), 'utf8')
    const token = maySeeToken(raw, options) ? options.token.reveal() : ''
    return send(reply, 'text/html; charset=utf-8', text.replace(TOKEN_PLACE, withToken(token)))
  })
  for (const [name, type] of Object.entries(ASSETS)) {
    app.get(`/reprise/${name}`, async (_request, reply) =>
      send(reply, type, await readFile(new URL(name, FOLDER), 'utf8')),
    )
  }
}

const TOKEN_PLACE = '<meta name="reprise-token" content="">'

/** Base64url needs no escaping. */
function withToken(token: string): string {
  return TOKEN_PLACE.replace('content=""', `content="${token}"`)
}

/** Read anew each time: a page that was kept would meet another version's answers. */
function send(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply.headers(HEADERS).header('Cache-Control', 'no-store').type(type).send(text)
}

/** What proxies add: behind one, everybody comes from this machine. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Whether a page may change things without being given the token by hand: it is asked for from this machine, by one of
 * its own names. The name matters: one of somebody else's that leads here (DNS rebinding) comes from this machine too.
 */
function maySeeToken({ socket, headers }: IncomingMessage, { isLoopback }: PageOptions): boolean {
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false
  const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
  return isLoopback(address) && isLoopback(toHostname(headers.host))
}
