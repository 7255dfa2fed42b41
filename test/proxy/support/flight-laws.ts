import { expect } from 'vitest'
import type { Air } from './air.ts'

const hideNames = (text: string): string => text.replaceAll(/"model":"[^"]*"/g, '"model":"-"')

/** The names of the model in the lines that are whole and sound. */
function readNames(text: string): unknown[] {
  return text.split(/(?<=\n)/).flatMap((line) => {
    try {
      return line.endsWith('\n') ? [JSON.parse(line).model] : []
    } catch {
      return []
    }
  })
}

/** What holds at every moment: nothing is made up, nothing runs twice, and nobody waits for nothing. */
export function expectInvariants({ riders, runs, queue, clock, commits }: Air): void {
  const whole = runs.map(({ produced }) => hideNames(produced))
  for (const { got, end, name } of riders) {
    expect(readNames(got).every((each) => each === name)).toBe(true)
    const bytes = hideNames(got)
    if (end?.startsWith('refused') === true) expect(bytes).toBe('')
    else if (end !== undefined) expect(whole).toContain(bytes)
    else if (bytes !== '') expect(whole.some((each) => each.startsWith(bytes))).toBe(true)
  }
  const live = runs.filter(({ isLive }) => isLive).length
  expect(live).toBeLessThanOrEqual(1)
  const isWaiting = riders.some(({ isHere, end }) => isHere && end === undefined)
  if (isWaiting) expect(live + queue.depth + clock.pending()).toBeGreaterThan(0)
  for (const { kept, run } of commits) if (kept !== undefined) expect(kept).toBe(run?.produced)
}

/** Lets everybody leave, and everything that goes on without them end; then there is nothing. */
export function expectNothingLeft({ riders, runs, queue, clock, flights }: Air): void {
  for (const { leave } of riders) leave()
  for (const run of runs) if (run.phase === 'body') run.finish()
  clock.advance(1000)
  expect(runs.filter(({ isLive }) => isLive)).toEqual([])
  expect([flights.size, queue.depth, queue.running, clock.pending()]).toEqual([0, 0, 0, 0])
}
