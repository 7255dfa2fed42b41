import { describe, expect, it } from 'vitest'
import { stageProof } from './support/prove.ts'
import { hasPackage, leaveScript, PYTHON_USES, runScript } from './support/python.ts'

/** Python itself takes seconds to begin on a machine that is busy. */
const PATIENCE_MS = 120_000

describe.each(PYTHON_USES)('a program in Python that uses $name', ({ name, script }) => {
  const stage = stageProof()
  const isThere = hasPackage(name)

  it.runIf(isThere)(
    'gets the same as without a proxy, on misses and on hits',
    async () => {
      const direct = await runScript(script, stage.origin.url)
      expect(direct.kept).toBeGreaterThan(5)
      expect(await runScript(script, stage.reprise.url)).toEqual(direct)
      const asked = stage.countAsked()
      expect(await runScript(script, stage.reprise.url)).toEqual(direct)
      // Only what was refused is asked again.
      expect(asked - (stage.countAsked() - asked)).toBe(direct.kept)
    },
    PATIENCE_MS,
  )

  it.runIf(isThere)(
    'leaves in the middle of an answer, and the run at the origin ends with it',
    async () => {
      const barrier = stage.origin.hold('/api/chat', 2)
      const before = stage.origin.calls('/api/chat').length
      const left = leaveScript(script, stage.reprise.url)
      const call = await stage.origin.waitForCall('/api/chat', before + 1)
      await barrier.arrived
      await left
      await call.closed
      barrier.release()
      expect(call.state).toBe('aborted')
    },
    PATIENCE_MS,
  )
})
