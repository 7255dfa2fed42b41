import type { LiveState } from '../admin/live.ts'
import type { Stats } from '../admin/stats.ts'
import { type FeedOptions, followServer } from './live-feed.ts'
import { createPaint } from './paint.ts'
import type { ServerClient } from './server-client.ts'
import { renderStats, toShare, toSpan } from './stats-view.ts'
import { createStopSignal } from './stop-signal.ts'
import type { Terminal } from './terminal.ts'

/** What it is shown as. */
export type WatchFormat = 'text' | 'json'

/**
 * Shows the statistics whenever the server says that they are others, until it is told to stop: in place on a
 * terminal, which shows them once more in the end; else in a line for each change.
 */
export async function watchStats(
  client: ServerClient,
  terminal: Terminal,
  format: WatchFormat,
): Promise<void> {
  const stop = createStopSignal()
  if (format === 'text' && terminal.screen !== 'none') return showStats(client, terminal, stop)
  const feed = { signal: stop.signal, onLoss: 'fail' } as const
  for await (const state of statesOf(client, feed)) {
    if (state === 'lost') continue
    terminal.print(format === 'json' ? JSON.stringify(state.stats) : toLine(state))
  }
}

async function showStats(client: ServerClient, terminal: Terminal, stop: AbortController) {
  const paint = createPaint(terminal)
  let last: Stats | undefined
  let note = 'Ctrl-C or q ends'
  const draw = (): void => {
    if (last === undefined) return
    const lines = renderStats(last, { width: screen.columns, paint }).split('\n')
    screen.draw([...lines, '', paint(note, 'quiet')])
  }
  const screen = terminal.openScreen({ onResize: draw, onLeave: () => stop.abort() })
  try {
    const feed = { signal: stop.signal, onLoss: 'try-again' } as const
    for await (const state of statesOf(client, feed)) {
      if (state !== 'lost') last = state.stats
      note = state === 'lost' ? `connection lost, trying ${client.url} again` : 'Ctrl-C or q ends'
      draw()
    }
  } finally {
    screen.close()
  }
  if (last !== undefined) terminal.print(renderStats(last, { width: terminal.columns, paint }))
}

async function* statesOf(
  client: ServerClient,
  options: FeedOptions,
): AsyncGenerator<LiveState | 'lost'> {
  for await (const events of followServer(client, options)) {
    for (const event of events) {
      if (event.kind === 'state') yield event.state
      if (event.kind === 'lost') yield 'lost'
    }
  }
}

function toLine({ now, stats, origin }: LiveState): string {
  const { requests, hitRate, saved } = stats
  const all = Object.values(requests).reduce((total, count) => total + count, 0)
  return [
    new Date(now).toISOString(),
    `requests ${all}`,
    `hit rate ${toShare(hitRate)}`,
    `saved ${toSpan(saved.seconds)}`,
    `queue ${origin.queueDepth}`,
    `running ${origin.running}`,
  ].join('  ')
}
