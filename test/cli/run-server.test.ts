import { describe, expect, it } from 'vitest'
import { type Served, serve } from '../../src/cli/run-server.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { defaultConfig } from '../../src/config/load.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const countListeners = (): number[] => SIGNALS.map((name) => process.listenerCount(name))

/** What `serve` uses of a terminal. */
function openTerminal() {
  const printed: string[] = []
  const terminal = { screen: 'none', print: (text: string) => printed.push(text) }
  return { printed, terminal: terminal as unknown as Terminal }
}

describe('serve', () => {
  it('leaves signals to the system once the server could not be made', async () => {
    const before = countListeners()
    const fault = new TypeError('a program error')
    let during: number[] = []
    const start = async (): Promise<Served> => {
      during = countListeners()
      throw fault
    }
    const served = serve(defaultConfig(), openTerminal().terminal, start)
    await expect(served).rejects.toBe(fault)
    expect(during).toEqual(before.map((count) => count + 1))
    expect(countListeners()).toEqual(before)
  })

  it.each(SIGNALS)('ends in good order at a %s that came while it started', async (name) => {
    const before = countListeners()
    const { printed, terminal } = openTerminal()
    let closed = 0
    const start = async (): Promise<Served> => {
      process.listeners(name).at(-1)?.(name)
      return { startLine: 'listening', start: {}, close: async () => void closed++ }
    }
    await serve({ ...defaultConfig(), log: { level: 'silent', format: 'pretty' } }, terminal, start)
    expect(printed).toEqual(['listening'])
    expect(closed).toBe(1)
    expect(countListeners()).toEqual(before)
  })
})
