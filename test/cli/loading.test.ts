import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

/** The built command: `npm test` has brought it up to date. */
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname

const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

/** Tells of each module that is loaded, on standard error: the loader has a thread of its own. */
const HOOKS = inline(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context) }',
)
const TELLING = inline(`import { register } from 'node:module'; register(${JSON.stringify(HOOKS)})`)

/** The packages of which something is loaded for a command, in their order. */
async function listPackages(args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', TELLING, MAIN, ...args])
  let told = ''
  child.stderr.on('data', (text) => {
    told += text
  })
  await once(child, 'close')
  const names = [...told.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)]
  return [...new Set(names.map(([, name = '']) => name))]
}

describe('a command', () => {
  it.each([['--version'], ['--help'], ['serve --help'], ['health --help']])(
    '%s loads nothing that a server is made of',
    async (line) => {
      const packages = await listPackages(line.split(' '))
      expect(packages.toSorted()).toEqual(['commander', 'jsonc-parser', 'typebox'])
    },
  )

  it('that asks a server loads what asks, and nothing more', async () => {
    const packages = await listPackages(['health', '--listen', '127.0.0.1:9'])
    expect(packages.toSorted()).toEqual(['commander', 'jsonc-parser', 'typebox', 'undici'])
  })
})
