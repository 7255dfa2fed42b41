import { toGoString } from './go-json.ts'

/**
 * A JSON value as Go writes it once it was read into `any`: names sorted by their bytes, numbers as
 * float64 (their spelling is JavaScript's, but for minus zero), no white space.
 */
export function toGoValue(value: unknown): string {
  if (typeof value === 'string') return toGoString(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `[${value.map(toGoValue).join(',')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).sort(([one], [other]) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  )
  return `{${members.map(([name, each]) => `${toGoString(name)}:${toGoValue(each)}`).join(',')}}`
}
