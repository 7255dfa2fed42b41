import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Parts } from './compose.ts'
import { prepareDrain } from './drain.ts'
import { count } from './observing.ts'
import { countStoreEvent } from './stores.ts'
import { readAddresses } from './workers/door.ts'
import type { PublicAddress } from './workers/messages.ts'
import type { Primary, PrimaryParts } from './workers/primary.ts'

/** The side that clients connect to. */
export interface Front {
  readonly address: PublicAddress
  /** Takes nothing new, and resolves when what runs has come to its end or to its time. */
  close(): Promise<void>
}

/** Listens: this process, or its workers with this one behind them. Rejects where the address is taken. */
export function openFront(app: FastifyInstance, parts: Parts): Promise<Front> {
  return parts.primary === undefined ? openAlone(app, parts) : openBehind(app, parts, parts.primary)
}

async function openAlone(app: FastifyInstance, { config, clock }: Parts): Promise<Front> {
  const drain = prepareDrain(app.server, clock)
  await app.listen({ host: config.listen.host || '::', port: config.listen.port })
  return {
    address: app.server.address() as AddressInfo,
    async close() {
      await drain.close()
      await app.close()
    },
  }
}

/**
 * Connections of workers that wait to be taken. Where the row of a local socket is full the system refuses at once
 * instead of letting wait: with Node's own 511 a burst of 1 000 new questions lost 134 of its clients. The kernel cuts
 * it to `net.core.somaxconn`, which is 4096.
 */
const DOOR_BACKLOG = 65_535

/** Workers listen, and hand over what they cannot answer, through a door that only this user can open. */
async function openBehind(app: FastifyInstance, parts: Parts, primary: Primary): Promise<Front> {
  const directory = makeDirectory([tmpdir(), parts.config.dataDir])
  const door =
    process.platform === 'win32' ? `\\\\.\\pipe\\${parts.pseudonym}` : `${directory}/door`
  const drain = prepareDrain(app.server, parts.clock)
  const close = async (): Promise<void> => {
    await primary.drain()
    await drain.close()
    await app.close()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await app.listen({ path: door, backlog: DOOR_BACKLOG })
    readAddresses(app.server)
    return { address: await primary.start(toPrimaryParts(parts, door)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A folder of our own in the first of these that can be written: a container may have no other place than its data. */
function makeDirectory([place = '', ...others]: readonly string[]): string {
  try {
    return mkdtempSync(join(place, 'reprise-'))
  } catch (error) {
    if (others.length === 0) throw error
    return makeDirectory(others)
  }
}

function toPrimaryParts(parts: Parts, door: string): PrimaryParts {
  const { config, pseudonym, registry, catalog, stores } = parts
  return {
    config,
    door,
    pseudonym,
    registry,
    store: stores.store,
    count: (group) => count(parts, group),
    onStalled: () => catalog.origin.stalledClients.inc(),
    onStoreFault: () => countStoreEvent(catalog, { kind: 'fault' }, registry),
  }
}
