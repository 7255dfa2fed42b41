import fc from 'fast-check'
import { toLine } from './air.ts'
import { type Check, step } from './flight-step.ts'

const always: Check = () => true
const isHeaded: Check = (plain) => plain.running()?.state === 'streaming'
const isAwaited: Check = (plain) => plain.running()?.state === 'waiting'
const isLive: Check = (plain) => isHeaded(plain) || isAwaited(plain)

const joining = fc.constantFrom('tiny', 'tiny:latest').map((model) =>
  step(`join ${model}`, always, (plain, air) => {
    plain.join()
    air.join({ model, cap: 4 })
  }),
)

const leaving = fc.nat(99).map((pick) =>
  step(
    `leave ${pick}`,
    ({ clients }) => clients.length > 0,
    (plain, air) => {
      const at = pick % air.riders.length
      plain.leave(plain.clients[at]!)
      air.riders[at]!.leave()
    },
  ),
)

const admitting = fc.constant(
  step(
    'admit',
    ({ isTaken }) => isTaken,
    (plain, air) => {
      plain.isTaken = false
      plain.startNext()
      air.giveSlot()
    },
  ),
)

const connecting = fc.constant(
  step('connect', isAwaited, (plain, air) => {
    plain.running()!.isConnected = true
    air.run().connect()
  }),
)

const beginning = fc.constantFrom(200, 200, 200, 404).map((status) =>
  step(`head ${status}`, isAwaited, (plain, air) => {
    plain.head(plain.running()!, status)
    air.run().head(status)
  }),
)

const writing = fc.constantFrom([0, 99], [0, 99], [0, 30], [30, 99]).map(([from, to]) =>
  step(`data ${from} to ${to}`, isHeaded, (plain, air) => {
    const trip = plain.running()!
    const line = toLine(air.run().model, `answer ${air.runs.length}`)
    const text = trip.status === 200 ? line.slice(from, to) : '{"error":"not found"}'
    plain.data(trip, text)
    air.run().data(text)
  }),
)

const finishing = fc.constant(
  step('finish', isHeaded, (plain, air) => {
    plain.over(plain.running()!, 'done', 'ended')
    air.run().finish()
  }),
)

const failing = fc.constantFrom('reset', 'closed', 'connect-timeout').map((reason) =>
  step(`fail ${reason}`, isLive, (plain, air) => {
    plain.fail(plain.running()!, reason)
    air.run().fail(reason as 'reset')
  }),
)

const busy = fc.constant(
  step('busy', isAwaited, (plain, air) => {
    plain.busy(plain.running()!)
    air.run().refuse()
  }),
)

const ticking = fc.constantFrom(4, 10, 50).map((ms) =>
  step(`tick ${ms}`, always, (plain, air) => {
    air.clock.advance(ms)
    plain.reach(air.clock.monotonic())
  }),
)

const answering = fc.constantFrom('loaded' as const, 'loading' as const).map((answer) =>
  step(
    answer,
    ({ questions }) => questions.length > 0,
    async (plain, air) => {
      plain.residency(answer)
      await air.answer(answer)
    },
  ),
)

const refusing = fc.constant(
  step(
    'refuse',
    ({ clients }) => clients.length > 15,
    (plain, air) => {
      plain.refuse()
      air.queue.drain()
    },
  ),
)

const often = [joining, leaving, beginning, writing, writing, failing]
const seldom = [admitting, connecting, finishing, busy, ticking, answering, refusing]

/** Everything that can happen to flights of one question. */
export const flightCommands = fc.commands([...often, ...often, ...seldom], {
  maxCommands: 120,
  size: 'max',
})
