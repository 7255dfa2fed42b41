import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Check, type Static, Type } from '../json-schema.ts'
import { judgeAll } from '../ollama/completeness.ts'
import { isFrameRoute, rulesOf } from '../ollama/frame-rules.ts'
import type { Entry } from '../store/store.ts'

const DIGITS = Type.String({ pattern: '^[0-9a-f]{64}$' })
const INSTANT = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** An entry in a bundle: as it is, but for the frames. */
const ENTRY_SHAPE = Type.Object({
  key: DIGITS,
  partition: Type.String(),
  route: Type.String({ pattern: '^/' }),
  kind: Type.Union([Type.Literal('text'), Type.Literal('vision'), Type.Literal('embedding')]),
  model: Type.String(),
  digest: Type.String(),
  contentType: Type.String(),
  storedAt: INSTANT,
  expiresAt: INSTANT,
  costMs: Type.Number({ minimum: 0 }),
  tokens: Type.Integer({ minimum: 0 }),
  parts: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: '^[0-9a-f]{8}$' }))),
  frames: Type.Union([
    Type.Object({ texts: Type.Array(Type.String()) }),
    Type.Object({ base64: Type.Array(Type.String()) }),
  ]),
})

type Written = Static<typeof ENTRY_SHAPE>

/** What stands before the checksum, between it and the entry, and behind that. */
const BEFORE = '{"sum":"'
const BETWEEN = '","entry":'
const AFTER = '}'
const SUM_DIGITS = 64
const ENTRY_AT = BEFORE.length + SUM_DIGITS + BETWEEN.length

/** An entry as a line: its JSON, and the SHA-256 of that JSON's bytes before it. */
export function toEntryLine({ frames, ...said }: Entry): Buffer {
  const written = JSON.stringify({ ...said, frames: toWrittenFrames(frames) })
  return Buffer.from(`${BEFORE}${toSum(written)}${BETWEEN}${written}${AFTER}\n`)
}

/** The entry of a line without its end; undefined where a bit of it is not what was written. */
export function readEntryLine(line: Buffer): Entry | undefined {
  const sum = line.toString('latin1', BEFORE.length, BEFORE.length + SUM_DIGITS)
  const json = line.subarray(ENTRY_AT, line.length - AFTER.length)
  if (toSum(json) !== sum) return undefined
  const written = parse(json)
  return written && toEntry(written)
}

/** Whether a line claims to be an entry, so that one that is damaged is told from the trailer. */
export function isEntryLine(line: Buffer): boolean {
  return line.subarray(0, BEFORE.length).equals(Buffer.from(BEFORE))
}

/** Texts where that is exact, so that people can read them; what is no UTF-8 is in base64. */
function toWrittenFrames(frames: readonly Buffer[]): Written['frames'] {
  return frames.every((frame) => isUtf8(frame))
    ? { texts: frames.map((frame) => frame.toString()) }
    : { base64: frames.map((frame) => frame.toString('base64')) }
}

function parse(json: Buffer): Written | undefined {
  try {
    const value: unknown = JSON.parse(json.toString())
    return Check(ENTRY_SHAPE, value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Complete or nothing, here as everywhere. */
function toEntry({ frames: written, parts, ...said }: Written): Entry | undefined {
  const frames =
    'texts' in written
      ? written.texts.map((text) => Buffer.from(text))
      : written.base64.map((text) => Buffer.from(text, 'base64'))
  const { route } = said
  if (isFrameRoute(route) && judgeAll(rulesOf(route).createJudge(), frames) !== 'complete')
    return undefined
  return { ...said, ...(parts !== undefined && { parts }), frames }
}

function toSum(json: string | Buffer): string {
  return createHash('sha256').update(json).digest('hex')
}
