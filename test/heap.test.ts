import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const BUILT = new URL('../dist/heap.js', import.meta.url).href

/**
 * Everything made in `make` lives on, which is what V8 remembers of that place in the code. In turns: it decides when the
 * code is compiled anew, by another thread that may have to wait for the processor.
 */
const MAKES_WHAT_LIVES_ON = `
  const kept = []
  const make = (index) => ({ index, inside: { index } })
  for (let turn = 0; turn < 30; turn += 1) {
    for (let index = 0; index < 100_000; index += 1) kept.push(make(index))
    await new Promise((resolve) => setImmediate(resolve))
  }
`

/** What V8 decides about places in this code, one line each. */
async function listDecisions(code: string): Promise<string[]> {
  const options = ['--trace-pretenuring-statistics', '--input-type=module', '--eval', code]
  const { stdout } = await run(process.execPath, options)
  return stdout.split('\n').filter((line) => line.includes('=> tenure'))
}

describe('places in the code whose objects live on', () => {
  it('have them made in old space by V8', async () => {
    expect(await listDecisions(MAKES_WHAT_LIVES_ON)).not.toEqual([])
  })

  it('have them made young once that was asked for', async () => {
    const asked = `import { makeEverythingYoung } from '${BUILT}'; makeEverythingYoung();`
    expect(await listDecisions(`${asked}${MAKES_WHAT_LIVES_ON}`)).toEqual([])
  })
})
