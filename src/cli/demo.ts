import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '../clock.ts'
import { loadConfig, processEnvironment } from '../config/load.ts'
import type { StartServer } from './run-server.ts'
import type { Terminal } from './terminal.ts'

/** Stands in front of every line that the demonstration prints. */
const LABEL = '[demo: simulated model, no Ollama] '

/** `reprise demo`: the same as `reprise serve --demo`. */
export function addDemoCommand(program: Command, terminal: Terminal, start: StartServer): void {
  program
    .command('demo')
    .description('Serve in front of a built-in simulated model: nothing else is needed.')
    .option('--listen <value>', 'Where to listen. Port 0 picks a free one.')
    .addHelpText('after', '\nExample:\n  reprise demo --listen 127.0.0.1:0')
    .action(async (options: { listen?: string }) =>
      runDemo({ listen: options.listen }, terminal, start),
    )
}

/** Serves in front of the simulated model, with its data in a folder that goes when it stops. */
export async function runDemo(
  flags: Record<string, unknown>,
  terminal: Terminal,
  start: StartServer,
): Promise<void> {
  const [{ startDemoOrigin }, { serve }] = await Promise.all([
    import('../demo-origin.ts'),
    import('./run-server.ts'),
  ])
  const origin = await startDemoOrigin(systemClock)
  const dataDir = mkdtempSync(join(tmpdir(), 'reprise-demo-'))
  try {
    const forced = { ...flags, upstream: origin.url, dataDir }
    const config = loadConfig({ flags: forced, environment: processEnvironment })
    const { host, port } = config.listen
    terminal.print(LABEL + toHint(host, port))
    await serve(config, terminal, start, LABEL)
  } finally {
    await origin.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Two lines to copy: the first answer takes about 2 s, the second none. */
function toHint(host: string, port: number): string {
  const body = `'{"model":"demo","prompt":"Why is the sky blue?","stream":false}'`
  const where = port === 0 ? 'the address below' : `http://${host}:${port}`
  const line = `curl -si ${where}/api/generate -d ${body}`
  return `try this twice, and look at X-Cache:\n${LABEL}  ${line}\n${LABEL}  ${line}`
}
