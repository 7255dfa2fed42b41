/** Does something with a client against a server; resolves with what the program is given, as JSON has it. */
export type Act = (url: string) => Promise<unknown>

/** A client, and what programs do with it. */
export interface ClientUse {
  /** Its name in its registry. */
  readonly name: string
  /** Answers that may be kept, by what is asked for. Each asks a question of its own, once. */
  readonly kept: Readonly<Record<string, Act>>
  /** Answers that come from the origin each time. */
  readonly passed: Readonly<Record<string, Act>>
  /** Where a client leaves in the middle of an answer. */
  readonly leaving: Leaving
}

/** An answer that is not read to its end. */
export interface Leaving {
  /** The route on which the origin is asked: not the client's where that is translated. */
  readonly path: string
  /** Asks for a stream, takes its first piece, leaves, and calls `onLeft`. */
  readonly leave: (url: string, onLeft: () => void) => Promise<void>
  /** Asks the same question again, and stays. */
  readonly stay: Act
  /** What leaving does to the connection; it is closed where nothing is said. */
  readonly connection?: 'closed' | 'left open'
}

/** All that an iterable gives. */
export async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const each of stream) all.push(each)
  return all
}

/** Takes one piece, then lets `leave` break the stream off; what the client throws about that is expected. */
export async function takeOne(stream: AsyncIterable<unknown>, leave: () => void): Promise<void> {
  try {
    for await (const _ of stream) leave()
  } catch (error) {
    if (!/abort/i.test(`${(error as Error).name} ${(error as Error).message}`)) throw error
  }
}

/** A function that models may call, as JSON Schema. */
export const CITY = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
}

/** The same as a tool of Ollama and of OpenAI. */
export const WEATHER = {
  type: 'function' as const,
  function: { name: 'get_weather', description: 'Weather of a city', parameters: CITY },
}
