import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { systemClock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { createProgress } from './progress.ts'
import { openRequestFile } from './request-file.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import { toSpan } from './stats-view.ts'
import type { Terminal } from './terminal.ts'
import { openWarmed } from './warmed.ts'
import type { WarmResult } from './warming.ts'

interface WarmFlags extends ServerFlags {
  readonly concurrency: number
  readonly resume?: boolean
  readonly json?: boolean
}

/** `reprise warm FILE.jsonl`: asks every question of a file, so that its answer is there when it is wanted. */
export function addWarmCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('warm'))
    .description(
      'Send the requests of a file through the running server, so that it keeps the answers.',
    )
    .argument('<file>', 'A file with {"path": …, "body": …} in each line.')
    .option('--concurrency <count>', 'So many at a time.', readCount, 4)
    .option('--resume', 'Note in FILE.done what is done, and leave out what is noted there.')
    .option('--json', 'Print the summary as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: WarmFlags) => warm(file, flags, terminal))
}

const EXAMPLES = `
Examples:
  reprise warm questions.jsonl
  reprise warm questions.jsonl --concurrency 8 --resume
  reprise warm ~/.cache/reprise/requests.jsonl --json | jq .generated`

function readCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('allowed: a number from 1 to 9999')
}

async function warm(path: string, flags: WarmFlags, terminal: Terminal): Promise<void> {
  const file = openRequestFile(path)
  const client = createServerClient(flags)
  // Without a server every request would fail for the same reason.
  await client.get('/reprise/health')
  const { createAsker, runWarming } = await import('./warming.ts')
  const warmed = flags.resume === true ? openWarmed(`${path}.done`) : undefined
  const progress = createProgress(terminal, systemClock, file.bytes)
  const asker = createAsker(client.url, flags.concurrency)
  const startedAt = systemClock.monotonic()
  const counts = await runWarming(file.lines(), {
    asker,
    warmed,
    concurrency: flags.concurrency,
    onFailed: (line, why) => terminal.complain(`${path}:${line}: ${why}`),
    onProgress: (done) => progress.update(file.read(), toNote(done)),
  })
  progress.end()
  await asker.close()
  const seconds = Math.round((systemClock.monotonic() - startedAt) / 100) / 10
  const result = { ...counts, seconds }
  terminal.print(flags.json === true ? JSON.stringify(result) : toSummary(result))
  if (result.failed > 0)
    throw new RepriseError('command-failed', `${result.failed} requests failed`)
  warmed?.finish()
}

function toNote({ warm, generated, failed }: WarmResult): string {
  return `${warm} warm, ${generated} generated, ${failed} failed`
}

function toSummary(result: WarmResult & { readonly seconds: number }): string {
  const { warm, generated, bypassed, skipped, failed, seconds } = result
  const lines = [
    `already warm ${warm}, generated ${generated}, failed ${failed}, ${toSpan(seconds)} spent`,
  ]
  if (bypassed > 0) lines.push(`not kept ${bypassed}: reprise explain says why`)
  if (skipped > 0) lines.push(`left out ${skipped}: done before`)
  return lines.join('\n')
}
