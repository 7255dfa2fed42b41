import type { Command } from 'commander'
import { request } from 'undici'
import type { Stats } from '../admin/stats.ts'
import { loadConfig, processEnvironment } from '../config/load.ts'
import { RepriseError } from '../errors.ts'
import { renderStats } from './stats-view.ts'
import type { Terminal } from './terminal.ts'

/** `reprise stats`: what the cache of the running server did. */
export function addStatsCommand(program: Command, terminal: Terminal): void {
  program
    .command('stats')
    .description('Show what the cache of the running server did.')
    .option('--listen <value>', 'Address of the running server.')
    .option('--json', 'Print the statistics as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { listen?: string; json?: boolean }) => {
      const stats = await fetchStats(options.listen)
      terminal.print(options.json === true ? JSON.stringify(stats, null, 2) : renderStats(stats))
    })
}

const EXAMPLES = `
Examples:
  reprise stats
  reprise stats --json | jq .hitRate
  REPRISE_LISTEN=127.0.0.1:8080 reprise stats`

async function fetchStats(listen: string | undefined): Promise<Stats> {
  const config = loadConfig({
    flags: { listen, allowRemote: true },
    environment: processEnvironment,
  })
  const { port } = config.listen
  const host = isEverywhere(config.listen.host) ? '127.0.0.1' : config.listen.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/reprise/stats`
  const answer: unknown = await ask(url).catch((error: unknown) => {
    throw toUnreachable(url, error)
  })
  if (!isStats(answer)) throw toUnreachable(url, answer)
  return answer
}

/** A server that counts answers at once; one that is silent for so long is not there, in ms. */
const SILENCE_MS = 5_000

async function ask(url: string): Promise<unknown> {
  const limits = { headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS }
  const { body } = await request(url, limits)
  return await body.json()
}

/** Another server may answer there, with JSON too: Ollama's 404 is an object. */
function isStats(answer: unknown): answer is Stats {
  return typeof answer === 'object' && answer !== null && 'hitRate' in answer
}

function toUnreachable(url: string, cause: unknown): RepriseError {
  const message = `no reprise answers at ${url}; start it with "reprise serve", or name its address with --listen or REPRISE_LISTEN`
  return new RepriseError('server-unreachable', message, cause)
}

function isEverywhere(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}
