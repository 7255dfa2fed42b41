import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const BUILT = new URL('../dist/heap.js', import.meta.url).href

/** Everything made in `make` lives on, which is what V8 remembers of that place in the code. */
const MAKES_WHAT_LIVES_ON = `
  const kept = []
  const make = (index) => ({ index, inside: { index } })
  for (let index = 0; index < 1_000_000; index += 1) kept.push(make(index))
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

/** 300,000 objects of which each is replaced by another in turn: prints what lived in old space, and the most there was. */
const REPLACES_WHAT_LIVES = `
  const { getHeapSpaceStatistics } = await import('node:v8')
  const used = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size
  const kept = Array.from({ length: 300_000 }, (_, index) => ({ index, inside: [index] }))
  let [most, made] = [0, 0]
  function replaceSome() {
    for (let i = 0; i < 20_000; i++) kept[made++ % kept.length] = { index: made, inside: [made] }
    // Behind the first rounds, in which V8 finds out how much lives on.
    if (made > 3_000_000) most = Math.max(most, used())
    if (made < 6_000_000) return setImmediate(replaceSome)
    globalThis.gc()
    console.log(JSON.stringify({ most, lives: used() }))
  }
  replaceSome()
`

/** How many times of what lives old space was at most. */
async function measureGrowth(code: string): Promise<number> {
  const options = ['--expose-gc', '--input-type=module', '--eval', code]
  const { stdout } = await run(process.execPath, options)
  const { most, lives } = JSON.parse(stdout)
  return most / lives
}

describe('old space whose objects come and go', () => {
  it('grows to half of what it grows to otherwise, once that was asked for', async () => {
    const asked = `import { keepOldSpaceSmall } from '${BUILT}'; keepOldSpaceSmall();`
    const small = await measureGrowth(`${asked}${REPLACES_WHAT_LIVES}`)
    const usual = await measureGrowth(REPLACES_WHAT_LIVES)
    expect(small / usual).toBeLessThan(0.6)
  })
})
