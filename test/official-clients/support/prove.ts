import { afterAll, beforeAll, expect, it } from 'vitest'
import { findEndpoint } from '../../../src/ollama/endpoints.ts'
import { dialectOf } from '../../../src/ollama/fields.ts'
import { type SimulatedOrigin, startOrigin } from '../../support/origin.ts'
import { startReprise, type TestServer } from '../../support/reprise.ts'
import { tell } from './told.ts'
import type { Act, ClientUse, Leaving } from './use.ts'

/** Models of the real Ollama that the conformance tests use; the simulated ones can do everything. */
const MODELS = ['tiny-tools', 'tiny-think', 'minilm']

/** Reprise before a simulated origin, for the tests of one file. */
export interface ProofStage {
  readonly origin: SimulatedOrigin
  readonly reprise: TestServer
  /** How many questions have reached the origin through Reprise. */
  countAsked(): number
}

/** Starts both before the tests of a file, and closes them after. */
export function stageProof(): ProofStage {
  let origin: SimulatedOrigin
  let reprise: TestServer

  beforeAll(async () => {
    origin = await startOrigin()
    for (const name of MODELS) origin.setModel(`${name}:latest`, name)
    // What is put into a request changes the simulated model's words.
    reprise = await startReprise({ upstream: origin.url, flags: { 'inject.enabled': false } })
  })

  afterAll(async () => {
    await reprise.close()
    await origin.close()
  })

  return {
    get origin() {
      return origin
    },
    get reprise() {
      return reprise
    },
    countAsked: () =>
      origin.calls().filter(({ headers }) => headers.some(([name]) => /^via$/i.test(name))).length,
  }
}

/** Tests that a client sees no difference but the time it waits. */
export function proveUse(use: ClientUse, stage: ProofStage): void {
  it.each(Object.entries(use.kept))(
    'gets the same of %s as without a proxy, on a miss and on a hit',
    (_, act) => proveKept(act, stage),
  )

  it.each(Object.entries(use.passed))('gets the same of %s each time', async (_, act) => {
    const direct = await tell(act, stage.origin.url)
    expect(await tell(act, stage.reprise.url)).toEqual(direct)
    expect(await tell(act, stage.reprise.url)).toEqual(direct)
  })

  it('leaves in the middle of an answer, and what is not whole is not kept', () =>
    proveLeaving(use.leaving, stage))

  it('has asked with no field that the table of fields lacks', () => {
    expect(stage.origin.calls().length).toBeGreaterThan(0)
    expect(listUnknownFields(stage)).toEqual([])
  })
}

/** What a client sends and the table of fields lacks, as `route field`. */
function listUnknownFields({ origin }: ProofStage): string[] {
  const unknown = origin.calls().flatMap(({ method, path, json = {} }) => {
    const endpoint = findEndpoint(method, path.split('?')[0] ?? '')
    const dialect = endpoint && dialectOf(endpoint)
    if (dialect === undefined) return []
    const fields = Object.keys(json).filter((field) => !dialect.fields.has(field))
    return fields.map((field) => `${path} ${field}`)
  })
  return [...new Set(unknown)]
}

async function proveKept(act: Act, { origin, reprise, countAsked }: ProofStage): Promise<void> {
  const direct = await tell(act, origin.url)
  expect(direct).not.toHaveProperty('message', expect.stringContaining(''))
  const before = countAsked()
  expect(await tell(act, reprise.url)).toEqual(direct)
  expect(countAsked()).toBe(before + 1)
  expect(await tell(act, reprise.url)).toEqual(direct)
  expect(countAsked()).toBe(before + 1)
}

async function proveLeaving(leaving: Leaving, stage: ProofStage): Promise<void> {
  const { origin, reprise, countAsked } = stage
  const { path, stay, connection = 'closed' } = leaving
  const barrier = origin.hold(path, 2)
  const before = origin.calls(path).length
  const leaves = startLeaving(leaving, reprise.url)
  const call = await origin.waitForCall(path, before + 1)
  await barrier.arrived
  await leaves.hasLeft
  if (connection === 'closed') await call.closed
  barrier.release()
  await call.closed
  await leaves.over
  expect(call.state).toBe(connection === 'closed' ? 'aborted' : 'finished')
  // What broke off is never kept; what came to its end though nobody read it is.
  const asked = countAsked()
  const direct = await tell(stay, origin.url)
  expect(await tell(stay, reprise.url)).toEqual(direct)
  expect(countAsked()).toBe(connection === 'closed' ? asked + 1 : asked)
}

function startLeaving({ leave }: Leaving, url: string) {
  let onLeft = (): void => undefined
  const hasLeft = new Promise<void>((resolve) => {
    onLeft = resolve
  })
  return { hasLeft, over: leave(url, onLeft) }
}
