import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { reprise } from './support/command.ts'

const isRequired = process.env.REPRISE_REQUIRE_TOOLS === '1'

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0
for (const shell of ['bash', 'zsh', 'fish']) {
  if (!has(shell)) console.log(`skipped: ${shell} is not installed, so its completion is not tried`)
}

async function scriptOf(shell: string): Promise<string> {
  const { status, out } = await reprise(['completion', shell])
  expect(status).toBe(0)
  return out
}

/** What bash would offer for the last of these words. */
async function offersOf(...words: string[]): Promise<string[]> {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _reprise; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', [
    '--norc',
    '-c',
    `${await scriptOf('bash')}\n${ask}`,
  ])
  expect(stderr.toString()).toBe('')
  return stdout.toString().split('\n').filter(Boolean)
}

describe.runIf(has('bash') || isRequired)('bash completes', () => {
  it('commands', async () => {
    expect(await offersOf('reprise', 'st')).toEqual(['stats'])
    expect(await offersOf('reprise', '')).toEqual(
      expect.arrayContaining(['serve', 'top', '--help']),
    )
  })

  it('every option of every command, as its help lists them', async () => {
    for (const command of ['serve', 'stats', 'entries', 'purge', 'bench']) {
      const { out } = await reprise([command, '--help'])
      const listed = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag)
      expect(listed.length).toBeGreaterThan(3)
      expect((await offersOf('reprise', command, '--')).sort()).toEqual(listed.sort())
    }
  })

  it('words of which there are few, and leaves files to the shell', async () => {
    expect(await offersOf('reprise', 'completion', 'z')).toEqual(['zsh'])
    expect(await offersOf('reprise', 'stats', '--config', '')).toEqual([])
    expect(await offersOf('reprise', 'warm', 'quest')).toEqual([])
    expect(await offersOf('reprise', 'warm', '--res')).toEqual(['--resume'])
  })
})

describe('the scripts for other shells', () => {
  it.runIf(has('zsh'))('zsh takes', async () => {
    const script = `autoload -Uz compinit; compinit -u -D\n${await scriptOf('zsh')}\nwhence -w _reprise`
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script])
    expect([stdout.toString(), stderr.toString()]).toEqual(['_reprise: function\n', ''])
  })

  it.runIf(has('fish'))('fish takes, and completes commands', async () => {
    const script = `${await scriptOf('fish')}\ncomplete -C 'reprise st'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script])
    expect(stdout.toString()).toMatch(/^stats\t/)
  })

  it.each(['zsh', 'fish'])('%s has every command and its options', async (shell) => {
    const script = await scriptOf(shell)
    for (const word of ['serve', 'stats', 'top', 'bench', 'completion'])
      expect(script).toContain(word)
    expect(script).toMatch(/older-than/)
  })

  it('no other shell is known, and the message says which are', async () => {
    const { status, err } = await reprise(['completion', 'tcsh'])
    expect(status).toBe(1)
    expect(err).toContain('bash, zsh, fish')
  })
})
