import { spawnSync } from 'node:child_process'
import { ROOT } from '../../packaging/support/context.ts'

/** Whether what needs promtool is tested: without it, it is left out, unless somebody insists. */
export const hasPromtool =
  process.env.REPRISE_REQUIRE_TOOLS === '1' || spawnSync('promtool', ['--version']).status === 0

if (!hasPromtool) console.log('skipped: promtool is not installed, so rules are not tried')

/** Runs it in the folder of the project; `said` is all that it wrote. */
export function promtool(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: ROOT })
  return { status, said: error === undefined ? `${stdout}${stderr}` : error.message }
}

/** Lints what a server has to scrape. */
export function promtoolCheck(metrics: string): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
  })
  return { status, said: error === undefined ? `${stdout}${stderr}` : error.message }
}
