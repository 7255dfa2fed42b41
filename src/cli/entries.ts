import type { Command } from 'commander'
import type { EntryPage } from '../admin/entries.ts'
import { SORT_FIELDS } from '../admin/sort-fields.ts'
import { renderEntries } from './entries-view.ts'
import { addFilterOptions, type FilterFlags, toFilterParameters } from './filter-options.ts'
import { toFit } from './paint.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import type { Terminal } from './terminal.ts'

interface EntriesFlags extends ServerFlags, FilterFlags {
  readonly sort?: string
  readonly ascending?: boolean
  readonly limit?: string
  readonly offset?: string
  readonly json?: boolean
}

/** `reprise entries`: what is kept. */
export function addEntriesCommand(program: Command, terminal: Terminal): void {
  addFilterOptions(addServerOptions(program.command('entries')))
    .description('List what the running server keeps.')
    .option('--sort <field>', `What to sort by: ${SORT_FIELDS.join(', ')}.`, 'storedAt')
    .option('--ascending', 'The smallest first, instead of the largest.')
    .option('--limit <count>', 'So many at a time, at most 1000.', '50')
    .option('--offset <count>', 'Leave out so many at the beginning.', '0')
    .option('--json', 'Print the entries as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: EntriesFlags) => {
      const page = await fetchPage(flags)
      const table = () => renderEntries(page, toFit(terminal))
      terminal.print(flags.json === true ? JSON.stringify(page, null, 2) : table())
    })
}

const EXAMPLES = `
Examples:
  reprise entries
  reprise entries --model llama3.2 --sort hits
  reprise entries --older-than 7d --max-hits 0 --sort bytes --limit 10
  reprise entries --json | jq -r '.entries[].key'`

async function fetchPage(flags: EntriesFlags): Promise<EntryPage> {
  const { sort, limit, offset, ascending } = flags
  const query = {
    ...toFilterParameters(flags),
    ...(sort !== undefined && { sort }),
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
    order: ascending === true ? 'ascending' : 'descending',
  }
  return (await createServerClient(flags).get('/reprise/entries', query)) as EntryPage
}
