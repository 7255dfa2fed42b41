import { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { ImportResult } from '../admin/transfer.ts'
import { systemClock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { countBundle, readBundleFile, sizeOfFile } from './bundle-file.ts'
import { createProgress } from './progress.ts'
import { addOwnerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import type { Terminal } from './terminal.ts'

interface ImportFlags extends ServerFlags {
  readonly json?: boolean
}

/** `reprise import FILE`: entries of a bundle, each verified, none over a newer one. */
export function addImportCommand(program: Command, terminal: Terminal): void {
  addOwnerOptions(program.command('import'))
    .description('Take the entries of a file that export wrote into the running server.')
    .argument('<file>', 'The bundle; expanded where its name ends in .gz.')
    .option('--json', 'Print the counts as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: ImportFlags) => load(file, flags, terminal))
}

const EXAMPLES = `
Examples:
  reprise import answers.jsonl.gz
  reprise serve --mode offline & reprise import answers.jsonl`

async function load(path: string, flags: ImportFlags, terminal: Terminal): Promise<void> {
  const bytes = sizeOfFile(path)
  const read = (doing: string): AsyncGenerator<Buffer> => {
    const progress = createProgress(terminal, systemClock, bytes)
    let done = 0
    return readBundleFile(path, (more) => {
      done += more
      progress.update(done, doing)
    })
  }
  // A file that is wrong is told of before anything of it is taken in.
  await countBundle(read('checking'))
  const body = Readable.from(read('taking in'), { objectMode: false })
  const client = createServerClient(flags)
  const result = (await client.upload('/reprise/import', body)) as ImportResult
  terminal.show('')
  terminal.print(flags.json === true ? JSON.stringify(result) : toSummary(result))
  if (result.damaged === 0) return
  throw new RepriseError('command-failed', `${result.damaged} entries were damaged and left out`)
}

function toSummary({ imported, kept, origin }: ImportResult): string {
  const models = origin === 'adopted' ? ', and the models they are of' : ''
  return `${imported} entries taken in${models}; ${kept} were here already, as new or newer`
}
