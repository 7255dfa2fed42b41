import type { Command } from 'commander'
import type { PurgeResult } from '../admin/purge.ts'
import { RepriseError } from '../errors.ts'
import { addFilterOptions, type FilterFlags, toFilterParameters } from './filter-options.ts'
import {
  addOwnerOptions,
  createServerClient,
  type ServerClient,
  type ServerFlags,
} from './server-client.ts'
import type { Terminal } from './terminal.ts'

interface PurgeFlags extends ServerFlags, FilterFlags {
  readonly expired?: boolean
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

/** `reprise purge`: entries go because their owner says so. */
export function addPurgeCommand(program: Command, terminal: Terminal): void {
  addFilterOptions(addOwnerOptions(program.command('purge')))
    .description('Remove entries from every tier of the running server.')
    .option('--expired', 'Entries whose lifetime is over.')
    .option('--all', 'Every entry.')
    .option('--dry-run', 'Only say how many it would be.')
    .option('--yes', 'Do not ask.')
    .option('--json', 'Print the count as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: PurgeFlags) => purge(flags, terminal))
}

const EXAMPLES = `
Examples:
  reprise purge --model llama3.2 --dry-run
  reprise purge --older-than 7d --route /api/chat
  reprise purge --prefix 3fa9c1 --yes
  reprise purge --all`

async function purge(flags: PurgeFlags, terminal: Terminal): Promise<void> {
  const run = choose(flags, createServerClient(flags))
  if (flags.dryRun !== true && flags.yes !== true && terminal.person === 'absent') {
    throw new RepriseError(
      'bad-request',
      'nobody is there to be asked: say --yes to purge, or --dry-run to see how many entries it would be',
    )
  }
  const isAsked = flags.dryRun !== true && flags.yes !== true
  const counted = isAsked || flags.dryRun === true ? await run('dry-run') : undefined
  const isWanted = counted === undefined || (isAsked && (await isConfirmed(counted, terminal)))
  const result = isWanted ? await run('purge') : { entries: counted?.entries ?? 0, dryRun: true }
  terminal.print(flags.json === true ? JSON.stringify(result) : toSentence(result))
}

/** Nothing to remove is nothing to ask about. */
async function isConfirmed({ entries }: PurgeResult, terminal: Terminal): Promise<boolean> {
  if (entries === 0) return true
  const answer = await terminal.ask(`remove ${toCount(entries)}? [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}

type Run = (mode: 'dry-run' | 'purge') => Promise<PurgeResult>

function choose(flags: PurgeFlags, client: ServerClient): Run {
  const filter = toFilterParameters(flags)
  const wishes = [flags.expired === true, flags.all === true, Object.keys(filter).length > 0]
  if (wishes.filter(Boolean).length !== 1) {
    throw new RepriseError(
      'bad-request',
      'say which entries: by --key, --model, --digest, --route, --kind, --older-than or --prefix; or --expired; or --all',
    )
  }
  const path = flags.expired === true ? '/reprise/expire' : '/reprise/purge'
  const body = flags.all === true ? { all: true } : filter
  return async (mode) =>
    (await client.post(path, { ...body, dryRun: mode === 'dry-run' })) as PurgeResult
}

function toSentence({ entries, dryRun }: PurgeResult): string {
  return dryRun ? `${toCount(entries)} would be removed; none were` : `${toCount(entries)} removed`
}

function toCount(entries: number): string {
  return entries === 1 ? '1 entry' : `${entries} entries`
}
