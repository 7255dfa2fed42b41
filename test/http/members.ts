import fc from 'fast-check'

const token = fc.stringMatching(/^[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]{0,8}$/)
const quoted = fc
  .string({ unit: 'grapheme-ascii', maxLength: 8 })
  .map((text) => `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`)
const integer = fc.integer().map(String)
const bare = fc.oneof(token, quoted, integer, fc.constantFrom('?0', '?1', '4.5', '-0'))
const parameter = fc
  .tuple(fc.stringMatching(/^[a-z*][a-z0-9_\-.*]{0,5}$/), fc.option(bare))
  .map(([name, value]) => (value === null ? name : `${name}=${value}`))

const member = fc
  .tuple(bare, fc.array(parameter, { maxLength: 3 }), fc.constantFrom(';', '; '))
  .map(([value, parameters, glue]) => [value, ...parameters].join(glue))

/** Members that other caches and proxies may have written before us: valid lists, the empty one included. */
export const existingMembers: fc.Arbitrary<string> = fc
  .tuple(fc.array(member, { maxLength: 3 }), fc.constantFrom(',', ', ', ' ,\t'))
  .map(([members, glue]) => members.join(glue))
