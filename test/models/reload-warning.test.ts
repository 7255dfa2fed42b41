import { describe, expect, it } from 'vitest'
import { type ReloadReport, toReloadWarning } from '../../src/models/reloads.ts'

describe('the warning', () => {
  const report = (one: string, other: string, mixesDialects: 'yes' | 'no'): ReloadReport => ({
    model: 'm',
    sets: [
      { loadOptions: one, userAgents: ['aider', 'zed'] },
      { loadOptions: other, userAgents: ['openai'] },
    ],
    mixesDialects,
  })

  it('names both sets and the clients', () => {
    expect(toReloadWarning(report('num_ctx=8', '', 'no'), 'fill')).toBe(
      'model m is asked in turn with num_ctx=8 (aider, zed) and with no load options (openai): Ollama reloads it at each turn',
    )
  })

  it('names the way out where Reprise puts num_thread in and /v1 cannot carry it', () => {
    const mixed = report('num_thread=6', '', 'yes')
    expect(toReloadWarning(mixed, 'fill')).toMatch(/; .*inject\.numThread\.mode=off prevents that$/)
    expect(toReloadWarning(mixed, 'force')).toContain('inject.numThread.mode=off')
  })

  it.each([
    ['the setting is off already', report('num_thread=6', '', 'yes'), 'off'],
    ['all ask natively', report('num_thread=6', '', 'no'), 'fill'],
    ['both have threads', report('num_ctx=8 num_thread=6', 'num_thread=6', 'yes'), 'fill'],
  ] as const)('names none where %s', (_, each, mode) => {
    expect(toReloadWarning(each, mode)).not.toContain('inject.')
  })
})
