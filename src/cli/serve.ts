import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig, processEnvironment } from '../config/load.ts'
import { SETTING_KEYS, SETTINGS, type SettingKey } from '../config/schema.ts'
import type { Setting } from '../config/shapes.ts'
import { runDemo } from './demo.ts'
import type { StartServer } from './run-server.ts'
import type { Terminal } from './terminal.ts'

/** `reprise serve`: listens until it is told to stop. */
export function addServeCommand(program: Command, terminal: Terminal, start: StartServer): void {
  const command = program
    .command('serve')
    .description('Serve in front of Ollama.')
    .option('--config <value>', 'Configuration file: JSON, comments allowed.')
    .option('--demo', 'Serve in front of a built-in simulated model instead.')
    .addHelpText('after', EXAMPLES)
  for (const [key, { flag, help, schema }] of listFlags()) {
    const isSwitch = (schema as { type?: string }).type === 'boolean'
    command.option(isSwitch ? `--${flag}` : `--${flag} <value>`, `${help} (${key})`)
  }
  command.action(async (options: Record<string, unknown>) => {
    const flags = toFlags(options)
    if (options.demo === true) await runDemo(flags, terminal, start)
    else await run(loadConfig({ flags, environment: processEnvironment }), terminal, start)
  })
}

/** Loads what writes the log only where there is one. */
async function run(config: Config, terminal: Terminal, start: StartServer): Promise<void> {
  const { serve } = await import('./run-server.ts')
  await serve(config, terminal, start)
}

const EXAMPLES = `
Examples:
  reprise serve --listen 127.0.0.1:8080
  reprise serve --upstream http://192.168.1.20:11434
  reprise serve --config reprise.json
  REPRISE_CACHE_MAX_BYTES=268435456 reprise serve`

function listFlags(): [SettingKey, Setting][] {
  return SETTING_KEYS.flatMap((key): [SettingKey, Setting][] =>
    'flag' in SETTINGS[key] ? [[key, SETTINGS[key]]] : [],
  )
}

/** Flags by key: commander makes `--data-dir` into `dataDir`. */
function toFlags(options: Record<string, unknown>): Record<string, unknown> {
  const flags: Record<string, unknown> = { config: options.config }
  for (const [key, { flag = '' }] of listFlags()) {
    flags[key] = options[flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
  }
  return flags
}
