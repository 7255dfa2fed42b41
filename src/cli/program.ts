import { Command, CommanderError } from 'commander'
import { processEnvironment } from '../config/load.ts'
import { toRepriseError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { addDemoCommand } from './demo.ts'
import type { StartServer } from './run-server.ts'
import { addServeCommand } from './serve.ts'
import { addStatsCommand } from './stats.ts'
import { createTerminal } from './terminal.ts'

/** Runs the command line; the exit status is 0 (done), 1 (failed), 69 (server not reachable), 78 (configuration). */
export async function run(argv: readonly string[], start: StartServer): Promise<number> {
  const terminal = createTerminal(processEnvironment)
  const program = new Command('reprise')
    .description('A caching reverse proxy for Ollama.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(reprise --help lists the commands)')
    .addHelpText('after', EXAMPLES)
  for (const add of [addServeCommand, addDemoCommand, addStatsCommand])
    add(program, terminal, start)
  try {
    if (argv.length <= 2) program.outputHelp()
    else await program.parseAsync(argv)
    return 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode
    const error = toRepriseError(thrown)
    terminal.complain(`reprise: ${error.message}`)
    return error.exitStatus
  }
}

const EXAMPLES = `
Examples:
  reprise serve                                      serve in front of 127.0.0.1:11434
  reprise serve --upstream http://192.168.1.20:11434 serve in front of another machine
  reprise stats                                      what the cache did
  OLLAMA_HOST=127.0.0.1:11435 ollama run llama3.2    use it`
