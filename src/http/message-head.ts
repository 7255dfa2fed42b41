/** How the end of a body is told (RFC 9112 §6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** The body ends with the connection. */
  | { readonly kind: 'close' }

/** The head of an answer, its lines as they came. */
export interface AnswerHead {
  readonly status: number
  /** The words behind the status. */
  readonly phrase: string
  /** Name, value, name, value. */
  readonly lines: readonly string[]
  readonly framing: BodyFraming
  /** Whether the connection may carry another request. */
  readonly connection: 'kept' | 'closed'
  /** What the head takes, the empty line included. */
  readonly bytes: number
}

/** The end of every head: an empty line (RFC 9112 §2.1). */
export const HEAD_END = '\r\n\r\n'

/**
 * The head that bytes begin with, of an answer to a request with this method; undefined while it is not
 * whole. For a peer that is known to write HTTP/1.1 well: nothing is repaired.
 */
export function readAnswerHead(bytes: Buffer, method: string): AnswerHead | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  // Header bytes are ISO 8859-1 (RFC 9110 §5.5).
  const [first = '', ...rows] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, minor = '1', status = '', phrase = ''] =
    /^HTTP\/1\.(\d) (\d{3}) ?(.*)$/.exec(first) ?? []
  const lines = rows.flatMap((row) => {
    const colon = row.indexOf(':')
    return [row.slice(0, colon), row.slice(colon + 1).trim()]
  })
  const find = (name: string) => findLine(lines, name)?.toLowerCase()
  const framing = toFraming(Number(status), method, find)
  const connection = find('connection') ?? (minor === '0' ? 'close' : 'keep-alive')
  const isClosed = connection === 'close' || framing.kind === 'close'
  return {
    status: Number(status),
    phrase,
    lines,
    framing,
    connection: isClosed ? 'closed' : 'kept',
    bytes: end + HEAD_END.length,
  }
}

/** The value of a header of lower-case name, in lines that are names and values in turn. */
export function findLine(lines: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (lines[i]?.toLowerCase() === name) return lines[i + 1]
  }
  return undefined
}

/** How the end of an answer to such a request is known (RFC 9112 §6.3). `find` gives the value of a header, by lower-case name. */
export function toFraming(
  status: number,
  method: string,
  find: (name: string) => string | undefined,
): BodyFraming {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (find('transfer-encoding') !== undefined) return { kind: 'chunked' }
  const length = find('content-length')
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) }
}

/** The head of a request as it is sent: the lines as they came, but for those whose names are left out (lower-case). */
export function writeRequestHead(
  start: { readonly method: string; readonly target: string; readonly version: string },
  lines: readonly string[],
  without: ReadonlySet<string>,
): Buffer {
  let head = `${start.method} ${start.target} HTTP/${start.version}\r\n`
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? ''
    if (!without.has(name.toLowerCase())) head += `${name}: ${lines[i + 1] ?? ''}\r\n`
  }
  return Buffer.from(`${head}\r\n`, 'latin1')
}
