import type { Command } from 'commander'
import type { EntryPage } from '../admin/entries.ts'
import { systemClock } from '../clock.ts'
import { saveBundle } from './bundle-file.ts'
import { addFilterOptions, type FilterFlags, toFilterParameters } from './filter-options.ts'
import { createProgress } from './progress.ts'
import { addOwnerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import { toSize } from './stats-view.ts'
import type { Terminal } from './terminal.ts'

interface ExportFlags extends ServerFlags, FilterFlags {
  readonly json?: boolean
}

/** `reprise export FILE`: entries as one portable file. */
export function addExportCommand(program: Command, terminal: Terminal): void {
  addFilterOptions(addOwnerOptions(program.command('export')))
    .description('Write entries of the running server, and the names of its models, into a file.')
    .argument('<file>', 'The bundle; compressed where its name ends in .gz.')
    .option('--json', 'Print the counts as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: ExportFlags) => save(file, flags, terminal))
}

const EXAMPLES = `
Examples:
  reprise export answers.jsonl.gz
  reprise export answers.jsonl --model llama3.2 --newer-than 1d`

async function save(path: string, flags: ExportFlags, terminal: Terminal): Promise<void> {
  const client = createServerClient(flags)
  const filter = toFilterParameters(flags)
  const page = await client.get('/reprise/entries', { ...filter, limit: '1' })
  const { total } = page as EntryPage
  const progress = createProgress(terminal, systemClock, undefined)
  let bytes = 0
  const stream = await client.download('/reprise/export', filter)
  const count = await saveBundle(path, stream, (more) => {
    bytes += more
    progress.update(bytes, `${toSize(bytes)}, of ${total} entries`)
  })
  progress.end()
  const result = { entries: count.entries, bytes }
  terminal.print(
    flags.json === true
      ? JSON.stringify(result)
      : `${count.entries} entries, ${toSize(bytes)}, in ${path}`,
  )
}
