import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readVariables, type Stage } from './dockerfile.ts'

/** Where a stage is carried out: a folder that stands for the root of its image. */
export interface StageRun {
  readonly root: string
  /** Where the files of the build context are. */
  readonly context: string
  /** The roots of the stages before, by alias. */
  readonly earlier: ReadonlyMap<string, string>
  /** Variables instead of the stage's own, where this machine differs from the image. */
  readonly overrides: Readonly<Record<string, string>>
}

/**
 * Carries out what a stage says, without a container engine: `COPY` copies, `RUN` runs in a shell of this machine
 * with the stage's folder as its working directory. System packages are not installed: the machine has to have them.
 */
export function runStage(stage: Stage, run: StageRun): void {
  let workdir = '/'
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, ...readVariables(stage), ...run.overrides }
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      workdir = text
      mkdirSync(join(run.root, workdir), { recursive: true })
    }
    if (name === 'COPY') copy(text, run, workdir)
    if (name === 'RUN' && !text.startsWith('apt-get')) {
      execFileSync('sh', ['-ec', text], { cwd: join(run.root, workdir), env, stdio: 'pipe' })
    }
  }
}

function copy(text: string, { root, context, earlier }: StageRun, workdir: string): void {
  const words = text.split(/\s+/)
  const flags = words.filter((word) => word.startsWith('--'))
  const paths = words.filter((word) => !word.startsWith('--'))
  const target = join(root, workdir, paths.at(-1)?.replace(workdir, '') ?? '')
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length)
  const source = from === undefined ? context : earlier.get(from)
  if (source === undefined) throw new Error(`no stage is called ${from}`)
  for (const path of paths.slice(0, -1)) {
    const isFolder = paths.at(-1)?.endsWith('/') || paths.length > 2
    const to = isFolder ? join(target, basename(path)) : target
    mkdirSync(dirname(to), { recursive: true })
    cpSync(join(source, path), to, { recursive: true, verbatimSymlinks: true })
    own(to, flags)
  }
}

/** Without `--chown` files belong to root, as those of an image do; only root can give them to another user. */
function own(path: string, flags: readonly string[]): void {
  if (process.getuid?.() !== 0) return
  const owner = flags.find((flag) => flag.startsWith('--chown='))?.slice('--chown='.length) ?? '0:0'
  const [uid = 0, gid = 0] = owner.split(':').map(Number)
  chownSync(path, uid, gid)
}

/** What the base image of the last stage brings: the shared libraries that a program of this machine names. */
export function copyLibraries(programs: readonly string[], root: string): string[] {
  const listed = programs.flatMap((program) =>
    execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n'),
  )
  const paths = new Set(listed.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []))
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    cpSync(path, join(root, path), { dereference: true })
    chmodSync(join(root, path), statSync(path).mode)
  }
  return [...paths].map((path) => basename(path)).sort()
}
