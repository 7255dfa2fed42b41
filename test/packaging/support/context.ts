import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** A file of the project as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The files that a build is sent: those that git knows or would take, less what `.dockerignore` leaves out. */
export function listContext(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const isSent = readIgnore(readText('.dockerignore'))
  return listed.split('\n').filter((path) => path && isSent(path) && existsSync(join(ROOT, path)))
}

/**
 * Whether a `.dockerignore` lets a path through. The last line that names it or a folder above it decides; of the
 * patterns only `*` within a segment is understood, others throw.
 */
export function readIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '')
      if (/\*\*|[?[\]\\]/.test(pattern)) throw new Error(`not understood: ${line}`)
      const source = pattern.replace(/[.+^$(){}|]/g, '\\$&').replaceAll('*', '[^/]*')
      return { lets: line.startsWith('!'), names: new RegExp(`^${source}(/|$)`) }
    })
  return (path) => rules.findLast(({ names }) => names.test(path))?.lets ?? true
}
