import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../clock.ts'
import { toRepriseError } from '../errors.ts'
import type { Percentiles } from '../metrics/latency.ts'
import { listBySize } from './bench-models.ts'
import type { Bench, BenchPlan, BenchResult } from './benching.ts'
import { toFit } from './paint.ts'
import { createProgress } from './progress.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import { toMs } from './stats-view.ts'
import { type Fit, toTable } from './table.ts'
import type { Terminal } from './terminal.ts'

interface BenchFlags extends ServerFlags {
  readonly model?: string
  readonly questions: number
  readonly times: number
  readonly connections: number
  readonly tokens: number
  readonly json?: boolean
}

/** `reprise bench`: how much faster the second time is, measured at the running server. */
export function addBenchCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('bench'))
    .description(
      'Measure the running server: new questions to a model, then the same ones again. They are forgotten after two minutes, and count in the statistics.',
    )
    .option('--model <name>', 'Which model to ask; the smallest one where none is named.')
    .option('--questions <count>', 'So many different questions.', readCount, 5)
    .option('--times <count>', 'Ask each so many times again.', readCount, 100)
    .option('--connections <count>', 'So many at a time where it goes for speed.', readCount, 8)
    .option('--tokens <count>', 'Tokens of an answer at most (num_predict).', readCount, 16)
    .option('--json', 'Print the figures as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: BenchFlags) => {
      const result = await bench(flags, terminal)
      const text = () => renderBench(result, flags, toFit(terminal))
      terminal.print(flags.json === true ? JSON.stringify(result, null, 2) : text())
    })
}

const EXAMPLES = `
Examples:
  reprise bench
  reprise bench --model llama3.2 --tokens 64
  reprise bench --json | jq .hit.p99`

function readCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('allowed: a number from 1 to 99999')
}

async function bench(flags: BenchFlags, terminal: Terminal): Promise<BenchResult> {
  const client = createServerClient(flags)
  // Without a server every request would fail for the same reason.
  await client.get('/reprise/health')
  const names = flags.model === undefined ? await listBySize(client) : [flags.model]
  const nonce = randomBytes(8).toString('hex')
  const { questions, times, connections, tokens } = flags
  const plan = { url: client.url, questions, times, connections, tokens, nonce }
  const { bench, firstMs } = await beginWithFirst(names, plan, terminal)
  const progress = createProgress(terminal, systemClock, 1)
  try {
    const onStep = (done: number, all: number): void =>
      progress.update(done / all, `${done} of ${all} requests`)
    return { firstMs, ...(await bench.run(onStep)) }
  } finally {
    progress.end()
    await bench.close()
  }
}

/** The first model that answers: not every small one can. */
async function beginWithFirst(
  names: readonly string[],
  plan: Omit<BenchPlan, 'model'>,
  terminal: Terminal,
): Promise<{ bench: Bench; firstMs: number }> {
  const { createBench } = await import('./benching.ts')
  let fault: unknown
  for (const model of names) {
    const bench = createBench({ ...plan, model }, systemClock)
    try {
      terminal.show(`asking ${model} for the first time`)
      return { bench, firstMs: await bench.begin() }
    } catch (error) {
      fault = error
      await bench.close()
    }
  }
  throw toRepriseError(fault)
}

/** The figures for a person, with what was sent. */
export function renderBench(
  result: BenchResult,
  { questions, times, connections, tokens }: Omit<BenchFlags, keyof ServerFlags>,
  fit: Fit = {},
): string {
  const { model, miss, hit, hitsPerSecond, notHits, firstMs } = result
  const lines = [
    `${questions} new questions to ${model} (POST /api/generate, stream false, num_predict ${tokens}), one after the other;`,
    `each of them ${times} times again, one after the other; and once more so, ${connections} at a time.`,
    `The first question of all took ${toMs(firstMs)} with the load of the model, and is in none of these:`,
    '',
    toTable(
      [
        ['', 'p50', 'p95', 'p99'],
        ['miss', ...toCells(miss)],
        ['hit', ...toCells(hit)],
      ],
      ['left'],
      fit,
    ),
    '',
    `${hitsPerSecond} hits a second over ${connections} connections`,
  ]
  if (miss !== null && hit !== null) {
    lines.push(`the second time is ${Math.round(miss.p50 / hit.p50)} times faster (p50)`)
  }
  if (notHits > 0) {
    lines.push(`${notHits} were no hits: see "reprise stats" and the setting mode`)
  }
  return lines.join('\n')
}

function toCells(values: Percentiles | null): string[] {
  return values === null ? ['-', '-', '-'] : [values.p50, values.p95, values.p99].map(toMs)
}
