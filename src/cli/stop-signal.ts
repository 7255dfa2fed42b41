/**
 * Says when a command that goes on by itself is to end: at Ctrl-C, at the signals that end processes, and when
 * nobody reads its output any more, as in `reprise top | head`.
 */
export function createStopSignal(): AbortController {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  process.stdout.once('error', stop)
  return controller
}
