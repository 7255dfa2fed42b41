import type { AddressInfo } from 'node:net'
import { isReserved } from '../admin/routes.ts'
import { buildApp } from '../app.ts'
import { createGatedOutput, openStandardOutput } from '../cli/log-output.ts'
import { type Clock, createSteadyClock, systemClock } from '../clock.ts'
import { type Cohorts, createCohorts } from '../cohorts.ts'
import { type Config, toConfig } from '../config/config.ts'
import { type Drain, prepareDrain } from '../drain.ts'
import { toGuardRules } from '../entrance.ts'
import { createLog } from '../log.ts'
import { createGathering, type Gathering } from '../metrics/gathering.ts'
import { toGroups } from '../metrics/observed-group.ts'
import { createGuard, type Guard } from '../proxy/guard.ts'
import { createUpstream } from '../upstream/pool.ts'
import { createHandOver, type HandOver } from './handover.ts'
import { createHits } from './hits.ts'
import { createKnowledge, type Knowledge } from './knowledge.ts'
import type { Begin, ToPrimary, ToWorker } from './messages.ts'
import { createObservedQueue, type ObservedQueue } from './observed.ts'

/** A worker as its process has it. */
export interface WorkerProcess {
  hear(message: Exclude<ToWorker, { kind: 'begin' }>): void
}

/** What it needs of the rest. */
export interface WorkerOptions {
  send(message: ToPrimary): void
  /** All is done; the process is to end. */
  onOver(): void
}

interface WorkerParts {
  readonly begin: Begin
  readonly config: Config
  readonly clock: Clock
  readonly cohorts: Cohorts
  readonly handOver: HandOver
  readonly knowledge: Knowledge
  /** What has been answered here, on its way to the log and to the first process. */
  readonly ended: Gathering
  readonly observed: ObservedQueue
  /** Once true, nothing is answered here any more. */
  isDraining: boolean
}

/**
 * Listens on the address of all workers, gives known answers, and hands everything else over. Rejects with the
 * system's error where it cannot listen.
 */
export async function startWorker(begin: Begin, options: WorkerOptions): Promise<WorkerProcess> {
  const { send } = options
  const clock = createSteadyClock(systemClock)
  const config = restoreConfig(begin)
  const parts: WorkerParts = {
    ...{ begin, config, clock, cohorts: createCohorts(clock), isDraining: false },
    handOver: createHandOver(begin.door, clock),
    knowledge: createKnowledge({ config, clock, begin, send }),
    ...openEnded(begin, clock, send),
  }
  const upstream = createUpstream(config.upstream, parts.cohorts)
  const app = await buildApp({
    guard: buildPass(parts),
    ...createHits({
      ...parts,
      observe: parts.ended.add,
      onStalled: () => send({ kind: 'stalled' }),
      isDraining: () => parts.isDraining,
    }),
    registerAdmin() {},
    upstreamUrl: config.upstream,
    relayAgent: upstream.relayAgent,
  })
  const drain = prepareDrain(app.server, clock)
  await app.listen({ host: begin.listen.host || '::', port: begin.listen.port })
  send({ kind: 'listening', address: app.server.address() as AddressInfo })
  return { hear: (message) => hear(message, { ...options, parts, drain }) }
}

/** The configuration that the first process has. */
function restoreConfig({ values, sources, dataDir, origins }: Begin): Config {
  const config = toConfig(values, sources, dataDir)
  return { ...config, security: { ...config.security, origins } }
}

/** What is told of a request that has ended: a line, and a row for the first process. */
function openEnded(
  { look, number }: Begin,
  clock: Clock,
  send: WorkerOptions['send'],
): Pick<WorkerParts, 'ended' | 'observed'> {
  const output = createGatedOutput(systemClock, openStandardOutput())
  output.open()
  const log = look && createLog({ ...look, output, worker: number })
  process.once('exit', () => output.flush())
  const observed = createObservedQueue(clock, (batch) => send({ kind: 'observed', batch }))
  const ended = createGathering(clock, (batch, at) => {
    observed.add(batch)
    for (const group of toGroups(batch)) log?.requests.note(group, at)
  })
  return { observed, ended }
}

/** The guard of a worker lets through what is sure to pass; what is not is the first process's to judge. */
function buildPass(parts: WorkerParts): Guard {
  const { begin, config, handOver } = parts
  const isIdle = knowsNothing(config)
  const decline: NonNullable<Parameters<typeof createGuard>[0]['decline']> = (request, response) =>
    void handOver(request, response, { target: request.url ?? '', body: UNREAD })
  const guard = createGuard({
    ...toGuardRules(config),
    pseudonym: begin.pseudonym,
    askOrigin: () => false,
    isDraining: () => parts.isDraining,
    onRefused() {},
    decline,
  })
  return (request, response, next) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    // A target that is not a path is made one by the guard: it goes on as it came.
    const isOther = !path.startsWith('/') || isReserved(path)
    if (isIdle || isOther) decline(request, response)
    else guard(request, response, next)
  }
}

const UNREAD = { kind: 'stream', why: 'not-ours' } as const

/** Where nothing is answered from the cache, or every request is written down, by one process. */
function knowsNothing({ mode, cache, capture }: Config): boolean {
  return mode === 'observe' || mode === 'off' || !cache.enabled || capture.requests
}

function hear(
  message: Exclude<ToWorker, { kind: 'begin' }>,
  { parts, drain, send, onOver }: WorkerOptions & { parts: WorkerParts; drain: Drain },
): void {
  const { knowledge, ended, observed } = parts
  switch (message.kind) {
    case 'forget':
      knowledge.hear(message)
      send({ kind: 'done', ticket: message.ticket })
      break
    case 'changing':
    case 'settled':
    case 'lease':
      knowledge.hear(message)
      break
    case 'gather':
      ended.handOn()
      observed.handOver()
      knowledge.handOverTouches()
      send({ kind: 'done', ticket: message.ticket })
      break
    case 'drain':
      parts.isDraining = true
      void drain.hangUp().then(() => send({ kind: 'done', ticket: message.ticket }))
      break
    case 'end':
      ended.handOn()
      observed.handOver()
      knowledge.handOverTouches()
      knowledge.close()
      onOver()
  }
}
