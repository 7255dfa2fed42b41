import type { Command } from 'commander'
import type { Stats } from '../admin/stats.ts'
import { createPaint } from './paint.ts'
import {
  addOwnerOptions,
  createServerClient,
  type ServerFlags,
  toUnreachable,
} from './server-client.ts'
import { renderStats } from './stats-view.ts'
import type { Terminal } from './terminal.ts'
import { watchStats } from './watch.ts'

interface StatsFlags extends ServerFlags {
  readonly json?: boolean
  readonly reset?: boolean
  readonly watch?: boolean
}

/** `reprise stats`: what the cache of the running server did, since its start and over restarts. */
export function addStatsCommand(program: Command, terminal: Terminal): void {
  addOwnerOptions(program.command('stats'))
    .description(
      'Show what the cache of the running server did, since its start and over restarts.',
    )
    .option('--json', 'Print the statistics as JSON.')
    .option('--watch', 'Show it again whenever it changes, until Ctrl-C.')
    .option(
      '--reset',
      'Count from nothing again, over restarts too; what Prometheus reads goes on.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: StatsFlags) => {
      const stats = await fetchStats(flags)
      if (flags.watch === true) {
        const format = flags.json === true ? 'json' : 'text'
        await watchStats(createServerClient(flags), terminal, format)
      } else if (flags.json === true) terminal.print(JSON.stringify(stats, null, 2))
      else {
        const paint = createPaint(terminal)
        terminal.print(renderStats(stats, { width: terminal.columns, paint }))
      }
    })
}

const EXAMPLES = `
Examples:
  reprise stats
  reprise stats --watch
  reprise stats --json | jq .hitRate
  reprise stats --watch --json | jq .saved.seconds
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
