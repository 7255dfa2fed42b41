import type { Command } from 'commander'
import type { SettingInForce } from '../admin/settings.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { RepriseError } from '../errors.ts'
import { checkDatabase } from './check-database.ts'
import { checkDisk, checkThreads } from './check-machine.ts'
import { checkOrigin } from './check-origin.ts'
import { type Finding, fine, warn } from './finding.ts'
import { createPaint, type Ink } from './paint.ts'
import type { DatabaseFacts, Probes } from './probes.ts'
import {
  addOwnerOptions,
  createServerClient,
  loadServerConfig,
  type ServerClient,
  type ServerFlags,
} from './server-client.ts'
import { toTable } from './table.ts'
import type { Terminal } from './terminal.ts'

interface DoctorFlags extends ServerFlags {
  readonly json?: boolean
}

/** `reprise doctor`: what is wrong, and what to do about it; with a running server and without. */
export function addDoctorCommand(program: Command, terminal: Terminal, probes: Probes): void {
  addOwnerOptions(program.command('doctor'))
    .description(
      'Check configuration, Ollama, database, disk and clock; exit status 1 where something is wrong.',
    )
    .option('--upstream <value>', 'The Ollama that requests are forwarded to.')
    .option('--json', 'Print the findings as JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DoctorFlags) => {
      const findings = await examine(flags, probes)
      const table = () => render(findings, terminal)
      terminal.print(flags.json === true ? JSON.stringify(findings, null, 2) : table())
      const faults = findings.filter(({ state }) => state === 'fault').length
      if (faults > 0)
        throw new RepriseError(
          'command-failed',
          `${faults} of ${findings.length} checks found something to mend`,
        )
    })
}

const EXAMPLES = `
Examples:
  reprise doctor
  reprise doctor --config /etc/reprise.json
  reprise doctor --json | jq '.[] | select(.state != "ok")'`

/** A configuration that is not valid ends it: nothing else could be found then. */
async function examine(flags: DoctorFlags, probes: Probes): Promise<Finding[]> {
  const local = loadServerConfig(flags)
  const client = createServerClient(flags)
  const remote = await readConfig(client)
  const isServing = remote !== undefined
  const config = remote ?? local
  const database = await readDatabase(config, isServing ? client : undefined, probes)
  return [
    checkConfiguration(local),
    checkServer(client, isServing),
    ...(await checkOrigin(config, probes, systemClock.now)),
    ...database.findings,
    checkDisk(config, database.facts?.databaseBytes ?? 0),
    checkThreads(config),
  ]
}

/** The configuration of the running server, which may be another than the one found here. */
async function readConfig(client: ServerClient): Promise<Config | undefined> {
  try {
    const answer = await client.get('/reprise/config')
    const { settings } = answer as { readonly settings: readonly SettingInForce[] }
    const flags = Object.fromEntries(settings.map(({ key, value }) => [key, value]))
    return loadConfig({ flags, environment: {} })
  } catch {
    return undefined
  }
}

function checkConfiguration({ sources }: Config): Finding {
  const set = Object.values(sources).filter((source) => source !== 'default').length
  return fine('configuration', `valid; ${set} of ${Object.keys(sources).length} keys set`)
}

function checkServer({ url }: ServerClient, isServing: boolean): Finding {
  if (isServing) return fine('server', `answers at ${url}`)
  const advice = 'start it with "reprise serve", or name its address with --listen'
  return warn('server', `none answers at ${url}: what follows is of the files`, advice)
}

interface Looked {
  readonly facts: DatabaseFacts | undefined
  readonly findings: readonly Finding[]
}

/** The server that uses the database is asked; only without one it is opened from here. */
async function readDatabase(
  config: Config,
  client: ServerClient | undefined,
  probes: Probes,
): Promise<Looked> {
  try {
    const facts =
      client === undefined ? await probes.inspectDatabase(config) : await askDatabase(client)
    if (facts !== undefined) return { facts, findings: checkDatabase(facts, config.cache.maxBytes) }
    const says = `none is in use in ${config.dataDir}: entries are in memory only`
    const advice = 'one is made at the first start, unless cache.enabled is false or mode is off'
    return { facts, findings: [warn('database', says, advice)] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice = 'name the data directory of the server with --data-dir'
    return {
      facts: undefined,
      findings: [warn('database', `cannot be looked into: ${why}`, advice)],
    }
  }
}

async function askDatabase(client: ServerClient): Promise<DatabaseFacts | undefined> {
  const { database } = (await client.post('/reprise/inspect', {})) as {
    readonly database: DatabaseFacts | null
  }
  return database ?? undefined
}

const INKS: Readonly<Record<string, Ink>> = { ok: 'good', warning: 'doubtful', fault: 'bad' }

/** What to do must be read to its end: it is not cut to the terminal. */
function render(findings: readonly Finding[], terminal: Terminal): string {
  const rows = findings.flatMap(({ check, state, says, advice }) => [
    [state, check, says],
    ...(advice === '' ? [] : [['', '', `-> ${advice}`]]),
  ])
  const paint = createPaint(terminal)
  return toTable(rows, ['left', 'left', 'left'], {
    paint: (text, _row, column) =>
      column === 0 ? paint(text, INKS[text.trim()] ?? 'plain') : text,
  })
}
