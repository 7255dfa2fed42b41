import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './servers.ts'

/** Version of an installed package; undefined where there is none. */
export function readPackageVersion(name: string): string | undefined {
  try {
    const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return undefined
  }
}

/** What a program says of itself, on either output; undefined where it is not installed. */
export function findProgramVersion(
  program: string,
  flags: readonly string[],
  pattern: RegExp,
): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, flags, { encoding: 'utf8' })
  return error === undefined ? (pattern.exec(stdout + stderr)?.[1] ?? 'unknown') : undefined
}

/** The commit of a checkout, with a `+` where something was changed since. */
export function readRevision(root: string = ROOT): string {
  try {
    const git = (...flags: string[]): string =>
      execFileSync('git', flags, { cwd: root, encoding: 'utf8' }).trim()
    const isChanged = git('status', '--porcelain', '--untracked-files=no', '--', 'src') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
