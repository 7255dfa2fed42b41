import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A message as it was recorded: first line, headers in order, body with its chunked framing taken off. */
export interface Message {
  readonly line: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** Length of each transfer chunk; undefined where there were none. */
  readonly chunks: readonly number[] | undefined
  /** Length of a body that was too large to be kept; undefined where it is here. */
  readonly omittedBytes: number | undefined
}

/** One recorded exchange with a real Ollama. */
export interface Exchange {
  readonly name: string
  readonly version: string
  readonly note: string
  readonly request: Message
  readonly response: Message
}

const ROOT = new URL('../', import.meta.url).pathname

/** The versions that were recorded. */
export const VERSIONS = ['v0.24.0', 'v0.32.15'] as const

interface RawMessage {
  readonly line: string
  readonly headers: [string, string][]
  readonly text?: string
  readonly base64?: string
  readonly chunks?: (number | [number, number, number])[] | number
  /** A body too large to be kept in the recording. */
  readonly omitted?: { readonly bytes: number }
}

interface RawCase {
  readonly name?: string
  readonly ollama?: string
  readonly note?: string
  readonly request: RawMessage
  readonly response: RawMessage
}

function toMessage(raw: RawMessage): Message {
  const body =
    raw.base64 === undefined ? Buffer.from(raw.text ?? '') : Buffer.from(raw.base64, 'base64')
  const listed = Array.isArray(raw.chunks) ? raw.chunks : undefined
  const chunks = listed?.map((chunk) => (Array.isArray(chunk) ? chunk[1] : chunk))
  const omittedBytes = raw.omitted?.bytes
  return { line: raw.line, headers: raw.headers, body, chunks, omittedBytes }
}

function toExchange(raw: RawCase, name: string): Exchange {
  return {
    name: raw.name ?? name,
    version: raw.ollama ?? '',
    note: raw.note ?? '',
    request: toMessage(raw.request),
    response: toMessage(raw.response),
  }
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** Every exchange of a version, in the order of their numbers. */
export function loadCorpus(version: (typeof VERSIONS)[number]): Exchange[] {
  const folder = join(ROOT, 'corpus', version)
  return readdirSync(folder)
    .sort()
    .map((file) => toExchange(readJson<RawCase>(join(folder, file)), file.replace('.json', '')))
}

/** One exchange by the number its name begins with. */
export function findCase(
  number: string,
  version: (typeof VERSIONS)[number] = 'v0.32.15',
): Exchange {
  const folder = join(ROOT, 'corpus', version)
  const file = readdirSync(folder).find((each) => each.startsWith(`${number}-`))
  if (file === undefined) throw new Error(`no case ${number} in ${version}`)
  return toExchange(readJson<RawCase>(join(folder, file)), file.replace('.json', ''))
}

/** One of the recordings of runs that were killed. */
export function loadExperiment(name: string): RawCase & Record<string, unknown> {
  return readJson(join(ROOT, 'corpus', 'experiments', `${name}.json`))
}

/** What a real client did: one action, some exchanges. */
export interface ClientAction {
  readonly client: string
  readonly action: string
  readonly exchanges: readonly Exchange[]
}

/** Every action of every client. */
export function loadClients(): ClientAction[] {
  const folder = join(ROOT, 'clients')
  return readdirSync(folder).flatMap((client) =>
    readdirSync(join(folder, client)).map((file): ClientAction => {
      const raw = readJson<{ exchanges: RawCase[] }>(join(folder, client, file))
      const action = file.replace('.json', '')
      return { client, action, exchanges: raw.exchanges.map((each) => toExchange(each, action)) }
    }),
  )
}
