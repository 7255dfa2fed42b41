import type { Command } from 'commander'
import type { Explanation } from '../admin/explain.ts'
import { readWrittenRequest } from '../admin/request-line.ts'
import { renderExplanation } from './explain-view.ts'
import { readInput } from './input.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import type { Terminal } from './terminal.ts'

interface ExplainFlags extends ServerFlags {
  readonly json?: boolean
}

/** `reprise explain FILE|-`: what would become of a request, and why. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('explain'))
    .description('Say whether a request would be answered from the cache, and if not, why not.')
    .argument('<file>', 'A file with {"path": …, "body": …}; - for standard input.')
    .option('--json', 'Print the explanation as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: ExplainFlags) => {
      const bytes = await readInput(file)
      // A file that is wrong is told of before a server is looked for.
      readWrittenRequest(bytes)
      const said = (await createServerClient(flags).postBytes(
        '/reprise/explain',
        bytes,
      )) as Explanation
      terminal.print(flags.json === true ? JSON.stringify(said, null, 2) : renderExplanation(said))
    })
}

const EXAMPLES = `
Examples:
  reprise explain request.json
  echo '{"path":"/api/chat","body":{"model":"llama3.2","messages":[]}}' | reprise explain -
  head -1 ~/.cache/reprise/requests.jsonl | reprise explain - --json`
