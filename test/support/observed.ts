import fc from 'fast-check'
import type { Observation } from '../../src/metrics/observation.ts'
import { ObservedRows } from '../../src/metrics/observed.ts'
import { type ObservedGroup, toGroups } from '../../src/metrics/observed-group.ts'
import { STAGE_NAMES, type Stages } from '../../src/metrics/stages.ts'

/** Requests that have ended behind each other, as who counts gets them. */
export function toObserved(observations: readonly Observation[]): ObservedGroup[] {
  const rows = new ObservedRows(observations.length)
  for (const each of observations) rows.add(each)
  return toGroups(rows.take())
}

/** The same of one, several times. */
export function groupOf(observation: Observation, times = 1): ObservedGroup {
  const [group] = toObserved(Array.from({ length: times }, () => observation))
  if (group === undefined) throw new RangeError('a group is of one at least')
  return group
}

/** What groups tell of each request. */
export function toSeen(groups: readonly ObservedGroup[]) {
  return groups.flatMap((group) =>
    Array.from({ length: group.length }, (_, i) => ({
      ...group.form,
      durationMs: group.durationMs(i),
      stages: group.stages(i),
      firstFrameMs: group.firstFrameMs(i),
      bytes: group.bytesOf(i),
      savedMs: group.savedMs(i),
    })),
  )
}

/** The same of observations themselves. */
export function toExpected(observations: readonly Observation[]) {
  return observations.map(({ saved, avoidable: _, firstFrameMs = Number.NaN, ...rest }) => ({
    ...rest,
    firstFrameMs,
    savedMs: saved?.costMs,
  }))
}

const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
const stages: fc.Arbitrary<Stages> = fc.tuple(...STAGE_NAMES.map(() => ms))
const saved = fc.option(fc.record({ costMs: ms, tokens: fc.nat() }), { nil: undefined })

const outcome: fc.Arbitrary<Observation['outcome']> = fc.oneof(
  fc.record({
    kind: fc.constant('hit' as const),
    tier: fc.constantFrom('memory' as const, 'sqlite' as const),
    ttlSeconds: fc.constant(0),
  }),
  fc.record({ kind: fc.constant('miss' as const), reason: fc.constantFrom('absent', 'expired') }),
  fc.record({ kind: fc.constant('bypass' as const), reason: fc.constant('route' as const) }),
  fc.record({ kind: fc.constant('error' as const), status: fc.constantFrom(404, 502) }),
  fc.constant({ kind: 'method' as const }),
) as fc.Arbitrary<Observation['outcome']>

/** Any request that has ended. */
export const anyObservation: fc.Arbitrary<Observation> = fc.record({
  outcome,
  endpoint: fc.constantFrom('/api/generate', '/api/embed'),
  kind: fc.constantFrom('text', 'embedding', 'none'),
  model: fc.constantFrom('tiny:latest', 'a b\nc', 'none'),
  status: fc.constantFrom(200, 499),
  durationMs: ms,
  stages: fc.option(stages, { nil: undefined }),
  firstFrameMs: fc.option(ms, { nil: undefined }),
  bytes: fc.nat(),
  saved,
  avoidable: saved,
  client: fc.constantFrom('stayed', 'left'),
  capped: fc.constantFrom('capped', 'not-capped'),
})
