import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

/** The built command: `npm test` has brought it up to date. */
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname

const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

/** Tells of each module that is imported, on standard error: the loader has a thread of its own. */
const HOOKS = inline(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context) }',
)
/** And in the end of those that were required. */
const TELLING = inline(`
  import { createRequire, register } from 'node:module'
  register(${JSON.stringify(HOOKS)})
  const { cache } = createRequire('/')
  process.on('exit', () => process._rawDebug(Object.keys(cache).join('\\n')))
`)

/** The packages of which something is loaded for a command, in their order. */
async function listPackages(args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', TELLING, MAIN, ...args])
  let told = ''
  child.stderr.on('data', (text) => {
    told += text
  })
  // The first line of a server says that it listens; what does not serve ends by itself.
  if (args[0] === 'serve' && !args.includes('--help')) child.stdout.once('data', () => child.kill())
  await once(child, 'close')
  const names = [...told.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)]
  return [...new Set(names.map(([, name = '']) => name))]
}

describe('a command', () => {
  it.each([['--version'], ['--help'], ['serve --help'], ['health --help']])(
    '%s loads nothing that a server is made of',
    async (line) => {
      const packages = await listPackages(line.split(' '))
      expect(packages.toSorted()).toEqual(['commander', 'jsonc-parser'])
    },
  )

  it('that asks a server loads what asks, and nothing more', async () => {
    const packages = await listPackages(['health', '--listen', '127.0.0.1:9'])
    expect(packages.toSorted()).toEqual(['commander', 'jsonc-parser', 'undici'])
  })

  it('that serves loads nothing to compile schemas, and nothing for a log that nobody reads along', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reprise-loading-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const packages = await listPackages(['serve', '--listen', '127.0.0.1:0', '--data-dir', folder])
    expect(packages).toEqual(expect.arrayContaining(['fastify', 'pino', 'better-sqlite3']))
    const unused = ['typebox', 'ajv', 'pino-pretty']
    expect(packages.filter((name) => unused.includes(name))).toEqual([])
  })
})
