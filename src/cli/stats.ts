import type { Command } from 'commander'
import type { Stats } from '../admin/stats.ts'
import {
  addOwnerOptions,
  createServerClient,
  type ServerFlags,
  toUnreachable,
} from './server-client.ts'
import { renderStats } from './stats-view.ts'
import type { Terminal } from './terminal.ts'

interface StatsFlags extends ServerFlags {
  readonly json?: boolean
  readonly reset?: boolean
}

/** `reprise stats`: what the cache of the running server did. */
export function addStatsCommand(program: Command, terminal: Terminal): void {
  addOwnerOptions(program.command('stats'))
    .description('Show what the cache of the running server did.')
    .option('--json', 'Print the statistics as JSON.')
    .option('--reset', 'Count from nothing again; what Prometheus reads goes on.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: StatsFlags) => {
      const stats = await fetchStats(flags)
      terminal.print(flags.json === true ? JSON.stringify(stats, null, 2) : renderStats(stats))
    })
}

const EXAMPLES = `
Examples:
  reprise stats
  reprise stats --json | jq .hitRate
  reprise stats --reset
  REPRISE_LISTEN=127.0.0.1:8080 reprise stats`

async function fetchStats(flags: StatsFlags): Promise<Stats> {
  const client = createServerClient(flags)
  const isReset = flags.reset === true
  const answer = isReset
    ? await client.post('/reprise/stats/reset', {})
    : await client.get('/reprise/stats')
  if (!isStats(answer)) throw toUnreachable(client.url, answer)
  return answer
}

/** Another server may answer there, with JSON too: Ollama's 404 is an object. */
function isStats(answer: unknown): answer is Stats {
  return typeof answer === 'object' && answer !== null && 'hitRate' in answer
}
