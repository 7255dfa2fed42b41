import type { RawAnswer } from '../support/raw-client.ts'

/** An answer without what no two runs have in common. */
export interface Seen {
  /** The status and its words; Node names its own version of HTTP where Go names the client's. */
  readonly line: string
  readonly headers: readonly string[]
  readonly end: string
  readonly body: string
  /** One text for each transfer chunk of a native stream; framing elsewhere is not compared. */
  readonly frames: readonly string[]
}

/** Of the connection, of its framing, and those that only Reprise adds. */
const NOT_COMPARED = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'cache-status',
  'x-cache',
  'server-timing',
  'proxy-status',
  'age',
  'via',
  'x-reprise-injected',
])

const DURATIONS = /"(total_duration|load_duration|prompt_eval_duration)":\d+/g

/** A body with instants, durations and random ids made alike; all other bytes stand. */
export function neutralise(body: Buffer): string {
  return (
    body
      .toString()
      .replace(/"created_at":"[^"]*"/g, '"created_at":""')
      .replace(DURATIONS, '"$1":0')
      // Ollama leaves it out where it is 0, so that its presence is an accident of the clock.
      .replace(/,"eval_duration":\d+/g, '')
      .replace(/"id":"(call_)[0-9a-z]+"/g, '"id":"$1"')
      .replace(/"id":"(chatcmpl-|cmpl-)\d+"/g, '"id":"$1"')
      .replace(/"created":\d+/g, '"created":0')
  )
}

/** The same for a body of any compatible route: its instants are seconds, and it has ids of many kinds. */
export function neutraliseDialect(body: Buffer): string {
  return neutralise(body)
    .replace(/"(created_at|completed_at)":\d+/g, '"$1":0')
    .replace(/"(id|item_id|call_id)":"(chatcmpl-|cmpl-|resp_|msg_|rs_|fc_|call_)\w+"/g, '"$1":"$2"')
}

/** What is compared of an answer. */
export function toSeen(answer: RawAnswer): Seen {
  const isNative = answer.header('content-type') === 'application/x-ndjson'
  return {
    line: answer.line.replace(/^HTTP\/1\.\d /, ''),
    headers: answer.headers
      .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
      .filter((each) => !NOT_COMPARED.has(each.slice(0, each.indexOf(':'))))
      .sort(),
    end: answer.end,
    body: neutralise(answer.body),
    frames: isNative ? answer.chunks.map(neutralise) : [],
  }
}

/**
 * Lists of models in the order of their names: Ollama goes through a Go map, and sorts by the second
 * of the change, so that the order of models made in one second is another each time.
 */
export function inNameOrder(body: string): string {
  if (!/^\{"models":|^\{"object":"list","data":|^\[\{"id":/.test(body)) return body
  return JSON.stringify(JSON.parse(body), (_, value: unknown) =>
    Array.isArray(value)
      ? value.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : value,
  )
}

/** An answer but for its instants: what a hit has in common with the answer that was stored. */
export function withoutInstants(answer: RawAnswer): string {
  return answer.body.toString().replace(/"created_at":"[^"]*"/g, '')
}
