import { describe, expect, it } from 'vitest'
import { reprise } from './support/command.ts'

const COMMANDS = [
  ...['serve', 'demo', 'stats', 'top', 'models', 'entries', 'explain', 'purge', 'warm'],
  ...['export', 'import', 'bench', 'doctor', 'health', 'completion'],
]

describe('reprise --help', () => {
  it('names every command', async () => {
    const { status, out } = await reprise(['--help'])
    expect(status).toBe(0)
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  })

  it.each(COMMANDS)('%s has an example that names it', async (command) => {
    const { status, out } = await reprise([command, '--help'])
    expect(status).toBe(0)
    const examples = out.split(/Examples?:\n/)[1] ?? ''
    expect(examples).toContain(command)
  })

  it.each(['explain', 'warm', 'export', 'import'])('%s wants a file', async (command) => {
    const { status, err } = await reprise([command])
    expect(status).toBe(1)
    expect(err).toContain("missing required argument 'file'")
  })
})
