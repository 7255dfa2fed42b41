import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './servers.ts'

/** Another revision, built. */
export interface Revision {
  readonly folder: string
  remove(): void
}

/** Builds a revision in a folder of its own, with the packages of this one. Throws where it cannot be built. */
export function checkOut(name: string): Revision {
  const parent = mkdtempSync(join(tmpdir(), 'reprise-revision-'))
  const folder = join(parent, 'reprise')
  const run = (command: string, ...rest: string[]): void => {
    execFileSync(command, rest, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const remove = (): void => {
    run('git', 'worktree', 'remove', '--force', folder)
    rmSync(parent, { recursive: true, force: true })
  }
  run('git', 'worktree', 'add', '--detach', folder, name)
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    // A complaint about types keeps nothing from being written.
    spawnSync(process.execPath, [compiler, '-p', join(folder, 'tsconfig.json')])
    if (!existsSync(join(folder, 'dist', 'main.js'))) throw new Error(`${name} cannot be built`)
    return { folder, remove }
  } catch (error) {
    remove()
    throw error
  }
}
