import type { Command } from 'commander'
import type { LiveRequest } from '../admin/live.ts'
import { followServer, type LiveEvent } from './live-feed.ts'
import { createPaint } from './paint.ts'
import { addServerOptions, createServerClient, type ServerFlags } from './server-client.ts'
import { createStopSignal } from './stop-signal.ts'
import type { Terminal } from './terminal.ts'
import { toHarmless } from './text-width.ts'
import { EMPTY_TOP, renderTop, takeEvent, toRequestLine } from './top-view.ts'

interface TopFlags extends ServerFlags {
  readonly json?: boolean
}

/** `reprise top`: requests of the running server as they end. */
export function addTopCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('top'))
    .description('Watch requests as they end; a line for each where the output is no terminal.')
    .option('--json', 'Print each event as a line of JSON.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: TopFlags) => {
      const stop = createStopSignal()
      if (flags.json === true) await printJson(flags, terminal, stop.signal)
      else if (terminal.screen === 'none') await printLines(flags, terminal, stop.signal)
      else await show(flags, terminal, stop)
    })
}

const EXAMPLES = `
Examples:
  reprise top
  reprise top | grep miss
  reprise top --json | jq 'select(.kind == "request" and .request.ms > 1000)'`

async function printJson(flags: ServerFlags, terminal: Terminal, signal: AbortSignal) {
  for await (const events of followServer(createServerClient(flags), { signal, onLoss: 'fail' })) {
    for (const event of events) terminal.print(JSON.stringify(event))
  }
}

async function printLines(flags: ServerFlags, terminal: Terminal, signal: AbortSignal) {
  for await (const events of followServer(createServerClient(flags), { signal, onLoss: 'fail' })) {
    for (const event of events) {
      for (const request of requestsOf(event)) {
        terminal.print(toHarmless(toRequestLine(request)))
      }
    }
  }
}

/** Those before it was asked too, as `tail -f` has them. */
function requestsOf(event: LiveEvent): readonly LiveRequest[] {
  if (event.kind === 'past') return event.requests
  return event.kind === 'request' ? [event.request] : []
}

async function show(flags: ServerFlags, terminal: Terminal, stop: AbortController): Promise<void> {
  const client = createServerClient(flags)
  // Where there is no server that is said on the screen that stays.
  await client.get('/reprise/health')
  const paint = createPaint(terminal)
  let model = EMPTY_TOP
  const draw = (): void => {
    const { columns, rows } = screen
    screen.draw(renderTop(model, { url: client.url, columns, rows, paint }))
  }
  const screen = terminal.openScreen({ onResize: draw, onLeave: () => stop.abort() })
  try {
    const { signal } = stop
    for await (const events of followServer(client, { signal, onLoss: 'try-again' })) {
      for (const event of events) model = takeEvent(model, event)
      draw()
    }
  } finally {
    screen.close()
  }
}
