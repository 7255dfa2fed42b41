import { execFileSync } from 'node:child_process'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { ROOT, readText } from './support/context.ts'

interface Task {
  readonly label: string
  readonly type: 'process' | 'npm'
  readonly script?: string
  readonly command?: string
  readonly args?: readonly string[]
}

const { tasks } = parse(readText('.vscode/tasks.json')) as { readonly tasks: readonly Task[] }
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }

describe('the tasks of the editor', () => {
  it('are the four that people look for', () => {
    expect(tasks.map(({ label }) => label)).toEqual([
      'Show cache stats',
      'Run tests',
      'Run benchmarks',
      'Clear expired',
    ])
  })

  it('name scripts that there are', () => {
    const named = tasks.flatMap(({ type, script }) => (type === 'npm' ? [script ?? ''] : []))
    expect(named.length).toBe(2)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
  })

  it.each(tasks.filter(({ type }) => type === 'process'))(
    '$label is a command with those options',
    (task) => {
      const [program = '', command = '', ...options] = task.args ?? []
      expect([task.command, program]).toEqual(['node', 'dist/main.js'])
      const help = execFileSync(process.execPath, [program, command, '--help'], {
        cwd: ROOT,
        encoding: 'utf8',
      })
      expect(help).toContain(`Usage: reprise ${command}`)
      for (const option of options) expect(help).toContain(option)
    },
  )
})
