import { Command, CommanderError } from 'commander'
import { processEnvironment } from '../config/load.ts'
import { toRepriseError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { addBenchCommand } from './bench.ts'
import { addCompletionCommand } from './completion.ts'
import { addDemoCommand } from './demo.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEntriesCommand } from './entries.ts'
import { addExplainCommand } from './explain.ts'
import { addExportCommand } from './export.ts'
import { addHealthCommand } from './health.ts'
import { addImportCommand } from './import.ts'
import { addModelsCommand } from './models.ts'
import type { Probes } from './probes.ts'
import { addPurgeCommand } from './purge.ts'
import type { StartServer } from './run-server.ts'
import { addServeCommand } from './serve.ts'
import { addStatsCommand } from './stats.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import { addTopCommand } from './top.ts'
import { addWarmCommand } from './warm.ts'
import { toWelcome } from './welcome.ts'

/** What the command line does not know how to do. */
export interface ProgramParts {
  readonly start: StartServer
  readonly probes: Probes
}

/**
 * Runs the command line; the exit status is 0 (done), 1 (failed), 69 (server not reachable), 78
 * (configuration). `terminal` is given by tests.
 */
export async function run(
  argv: readonly string[],
  parts: ProgramParts,
  terminal: Terminal = createTerminal(processEnvironment),
): Promise<number> {
  const program = createProgram(parts, terminal)
  try {
    if (argv.length <= 2) terminal.print(toWelcome())
    else await program.parseAsync(argv)
    return 0
  } catch (thrown) {
    terminal.show('')
    if (thrown instanceof CommanderError) return thrown.exitCode
    const error = toRepriseError(thrown)
    terminal.complain(`reprise: ${error.message}`)
    return error.exitStatus
  }
}

function createProgram({ start, probes }: ProgramParts, terminal: Terminal): Command {
  const program = new Command('reprise')
    .description('A caching reverse proxy for Ollama.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
    .showHelpAfterError('(reprise --help lists the commands)')
    .addHelpText('after', EXAMPLES)
  for (const add of [addServeCommand, addDemoCommand]) add(program, terminal, start)
  for (const add of COMMANDS) add(program, terminal)
  addDoctorCommand(program, terminal, probes)
  addCompletionCommand(program, terminal)
  return program
}

/** Those that talk to a running server. */
const COMMANDS = [
  addStatsCommand,
  addTopCommand,
  addModelsCommand,
  addEntriesCommand,
  addExplainCommand,
  addPurgeCommand,
  addWarmCommand,
  addExportCommand,
  addImportCommand,
  addBenchCommand,
  addHealthCommand,
]

const EXAMPLES = `
Examples:
  reprise serve                                      serve in front of 127.0.0.1:11434
  reprise serve --upstream http://192.168.1.20:11434 serve in front of another machine
  reprise stats --watch                              what the cache did, as it does it
  reprise top                                        requests as they end
  reprise explain request.json                       why a request is no hit
  OLLAMA_HOST=127.0.0.1:11435 ollama run llama3.2    use it`
