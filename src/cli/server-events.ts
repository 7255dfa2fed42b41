/** One server-sent event (WHATWG HTML §9.2). */
export interface ServerEvent {
  readonly name: string
  readonly data: string
}

/** Events as they come: all those that one piece of the body completes, together. Comments are passed over. */
export async function* readServerEvents(
  body: AsyncIterable<Buffer>,
): AsyncGenerator<readonly ServerEvent[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of body) {
    const blocks = (rest + decoder.decode(piece, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    const events = blocks.flatMap(toEvent)
    if (events.length > 0) yield events
  }
}

function toEvent(block: string): ServerEvent[] {
  let name = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice('event: '.length)
    if (line.startsWith('data: ')) data.push(line.slice('data: '.length))
  }
  return data.length === 0 ? [] : [{ name, data: data.join('\n') }]
}
