import fc from 'fast-check'

/** A request body as JSON.parse gives it. */
export interface Body {
  readonly [name: string]: unknown
  readonly options?: Readonly<Record<string, unknown>> | null
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', 'a\n"b"\\c/', '\u2028<>&', 'ü😀', '\u0000\u001f'),
)

/** Not minus zero: JSON.stringify has no spelling for it. */
const number = fc
  .oneof(
    fc.constantFrom(0, 1, 2, 0.3),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .map((value) => value + 0)

const options = fc.record(
  {
    temperature: number,
    top_p: number,
    repeat_penalty: number,
    seed: fc.integer(),
    num_predict: fc.integer(),
    stop: fc.array(text, { maxLength: 3 }),
    mirostat: fc.integer(),
  },
  { requiredKeys: [] },
)

const schema = fc.oneof(
  fc.constant('json'),
  fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), fc.oneof(text, number, fc.array(text))),
)

const common = {
  options: fc.option(options),
  format: schema,
  think: fc.constantFrom(true, false, 'high', null),
  logprobs: fc.boolean(),
  top_logprobs: fc.integer({ min: 0, max: 20 }),
  truncate: fc.boolean(),
  future: fc.dictionary(fc.constantFrom('b', 'a', '2', '1', '__proto__'), text),
}

/** Bodies of `/api/generate`, with every field clients send. */
export const generateBody: fc.Arbitrary<Body> = fc.record(
  {
    ...common,
    model: fc.constant('m'),
    prompt: text,
    suffix: text,
    system: text,
    raw: fc.boolean(),
    context: fc.array(fc.nat(), { maxLength: 5 }),
    images: fc.array(fc.base64String(), { maxLength: 3 }),
  },
  { requiredKeys: ['model', 'prompt'] },
)

const call = fc.record({
  function: fc.record({ name: text, arguments: fc.dictionary(text, number) }),
})

const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'system', 'tool'),
    content: text,
    images: fc.array(fc.base64String(), { maxLength: 2 }),
    tool_calls: fc.array(call, { maxLength: 2 }),
  },
  { requiredKeys: ['role', 'content'] },
)

const tool = fc.record({
  type: fc.constant('function'),
  function: fc.record({ name: text, parameters: fc.dictionary(text, text) }),
})

/** Bodies of `/api/chat`, tools and images included. */
export const chatBody: fc.Arbitrary<Body> = fc.record(
  {
    ...common,
    model: fc.constant('m'),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    tools: fc.array(tool, { maxLength: 3 }),
  },
  { requiredKeys: ['model', 'messages'] },
)

/** The same JSON with characters of its names and texts spelled as escapes, chosen by the seed. */
export function respell(json: string, seed: number): string {
  let state = seed
  return json.replace(/"(?:\\.|[^"\\])*"/g, (quoted) => {
    const inside = quoted.slice(1, -1).replace(/\\u....|\\.|[^\\]/gu, (piece) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      if (state % 3 !== 0) return piece
      if (piece === '\\n') return '\\u000A'
      if (piece === '/') return '\\/'
      return piece.startsWith('\\') ? piece : toEscapes(piece)
    })
    return `"${inside}"`
  })
}

function toEscapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

type Holder = Record<string, unknown>

/** A value inside a body, by the object or array that holds it. */
interface Place {
  readonly holder: Holder
  readonly name: string
}

/** The body with one leaf changed, chosen by the seed; what leaves the key (the model) is none. */
export function changeLeaf(body: Body, seed: number): Body {
  const copy = JSON.parse(JSON.stringify(body)) as Body
  const leaves = listPlaces(copy as Holder).filter(
    ({ holder, name }) => name !== 'model' && isLeaf(holder[name]),
  )
  const { holder, name } = leaves[seed % leaves.length] ?? { holder: copy as Holder, name: 'none' }
  holder[name] = change(holder[name])
  return copy
}

/** The body with one nested array or object in reverse order; undefined where that makes no difference. */
export function turnNested(body: Body, seed: number): Body | undefined {
  const before = JSON.stringify(body)
  const copy = JSON.parse(before) as Body
  const nested = listPlaces(copy as Holder).filter(
    ({ holder, name }) => !isLeaf(holder[name]) && (name !== 'options' || holder !== copy),
  )
  const place = nested[seed % nested.length]
  if (place === undefined) return undefined
  const value = place.holder[place.name] as object
  place.holder[place.name] = Array.isArray(value)
    ? value.reverse()
    : Object.fromEntries(Object.entries(value).reverse())
  return JSON.stringify(copy) === before ? undefined : copy
}

function listPlaces(holder: Holder): Place[] {
  return Object.keys(holder).flatMap((name) => {
    const value = holder[name]
    return [{ holder, name }, ...(isLeaf(value) ? [] : listPlaces(value as Holder))]
  })
}

function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}

function change(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`
  if (typeof value === 'number') return value === 7 ? 8 : 7
  if (typeof value === 'boolean') return !value
  if (Array.isArray(value)) return [0]
  return { x: 1 }
}
