import type { Command } from 'commander'
import type { ModelPage, ModelRow } from '../admin/models.ts'
import { toFit } from './paint.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import { toShare, toSize, toSpan } from './stats-view.ts'
import { type Fit, toTable } from './table.ts'
import type { Terminal } from './terminal.ts'

interface ModelsFlags extends ServerFlags {
  readonly json?: boolean
}

/** `reprise models`: the models of the origin, and what the cache has of each. */
export function addModelsCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('models'))
    .description(
      'List the models of Ollama: in memory or not, what is kept of each, what it saved.',
    )
    .option('--json', 'Print the models as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ModelsFlags) => {
      const page = (await createServerClient(flags).get('/reprise/models')) as ModelPage
      const table = () => renderModels(page, toFit(terminal))
      terminal.print(flags.json === true ? JSON.stringify(page, null, 2) : table())
    })
}

const EXAMPLES = `
Examples:
  reprise models
  reprise models --json | jq -r '.models[] | select(.entries == 0) | .name'`

/** Digits of a digest that a table shows: as many as `ollama list` does. */
const DIGEST_DIGITS = 12

const HEAD = ['model', 'digest', 'in memory', 'entries', 'size', 'hits', 'hit rate', 'saved']

/** The models as a table for a person. */
export function renderModels({ loadState, models }: ModelPage, fit: Fit = {}): string {
  if (models.length === 0) return 'Ollama has no models; get one with "ollama pull"'
  const rows = models.map((model) => toRow(model, loadState))
  const lines = [toTable([HEAD, ...rows], ['left', 'left'], fit)]
  if (loadState === 'unknown') lines.push('', 'Ollama does not say which of them are in memory')
  return lines.join('\n')
}

function toRow(model: ModelRow, loadState: ModelPage['loadState']): string[] {
  const { requests, loaded } = model
  const memory = loaded === null ? 'no' : loaded.bytes === null ? 'yes' : toSize(loaded.bytes)
  return [
    model.name,
    model.digest.slice(0, DIGEST_DIGITS),
    loadState === 'unknown' ? '?' : memory,
    String(model.entries),
    toSize(model.bytes),
    String(requests.hit + requests.stale),
    toShare(model.hitRate),
    toSpan(model.savedSeconds),
  ]
}
