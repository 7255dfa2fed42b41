import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exchange } from '../support/raw-client.ts'
import { isAlive, PATH, startCrew } from './support/crew.ts'

function createDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'reprise-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const listDoors = () =>
  readdirSync(tmpdir()).filter((name) => existsSync(join(tmpdir(), name, 'door')))

describe('the end of a process', { timeout: 60_000 }, () => {
  it('of one worker leaves the others answering, and another takes its place', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    await crew.untilKnown('a', [1, 2])
    const lost = crew.pidOf(1)
    const barrier = crew.origin.hold(PATH, 3)
    const running = [crew.ask('b'), crew.ask('b')]
    await Promise.all(running.map(({ received }) => received(100)))
    process.kill(lost, 'SIGKILL')
    await crew.logged({ pid: lost, msg: 'worker 1 has ended; another takes its place' })
    expect((await crew.ask('a').answer).header('x-cache')).toBe('HIT')
    await crew.logged({ msg: 'worker 1 answers' }, 2)
    barrier.release()
    const ends = (await Promise.all(running.map(({ answer }) => answer))).map(({ end }) => end)
    expect(ends.toSorted()).toEqual(['cut', 'proved'])
    expect(crew.pidOf(1)).not.toBe(lost)
    await crew.untilKnown('a', [1, 2])
    expect(crew.origin.calls(PATH)).toHaveLength(2)
  })

  it('of all workers at once does not lose the port', async () => {
    const crew = await startCrew()
    await crew.ask('a').answer
    for (const worker of [1, 2]) process.kill(crew.pidOf(worker), 'SIGKILL')
    await Promise.all([1, 2].map((n) => crew.logged({ msg: `worker ${n} answers` }, 2)))
    await crew.untilKnown('a', [1, 2])
    expect(crew.origin.calls(PATH)).toHaveLength(1)
  })

  it('of the first process ends its workers, and loses nothing that was stored', async () => {
    const dataDir = createDirectory()
    const crew = await startCrew({ dataDir })
    await crew.ask('a').answer
    await crew.untilKnown('a', [1, 2])
    const doors = listDoors()
    // One connection to each of them, which ends with its process.
    const idle = [1, 2].map(() => connect(crew.port, '127.0.0.1'))
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    await crew.untilKnown('a', [1, 2])
    crew.child.kill('SIGKILL')
    await Promise.all(idle.map((socket) => once(socket.on('error', () => {}).resume(), 'close')))
    expect(listDoors().length).toBeLessThan(doors.length)
    const next = await startCrew({ dataDir, origin: crew.origin })
    expect((await next.ask('a').answer).header('x-cache')).toBe('HIT')
    expect(crew.origin.calls(PATH)).toHaveLength(1)
  })

  it('comes, when it is asked for, after what runs: nobody is cut, nobody new is let in', async () => {
    const crew = await startCrew()
    const barrier = crew.origin.hold(PATH, 3)
    const running = [crew.ask('a'), crew.ask('a')]
    await Promise.all(running.map(({ received }) => received(100)))
    const pids = [crew.pidOf(1), crew.pidOf(2)]
    const stopped = crew.stop()
    // The order may come later than what is asked after it.
    const askReady = () => exchange(crew.port, { path: '/reprise/ready' })
    while ((await askReady()).status === 200);
    const late = await crew.ask('b').answer
    expect([late.status === 503, late.line === '']).toContain(true)
    barrier.release()
    for (const { answer } of running) expect((await answer).end).toBe('proved')
    expect(await stopped).toBe(0)
    expect(pids.map(isAlive)).toEqual([false, false])
    expect(crew.origin.calls(PATH).map(({ json }) => json?.prompt)).not.toContain('b')
  })
})

describe('a second server on the same data directory', { timeout: 60_000 }, () => {
  it('keeps its entries in memory, with workers that know of none', async () => {
    const dataDir = createDirectory()
    const first = await startCrew({ dataDir })
    await first.ask('a').answer
    await first.untilKnown('a', [1, 2])
    const second = await startCrew({ dataDir, origin: first.origin })
    await second.logged({ event: 'locked-by-other' })
    const answers = [await second.ask('a').answer, await second.ask('a').answer]
    expect(answers.map(({ header }) => header('x-cache'))).toEqual(['MISS', 'HIT'])
    expect((await second.logged({ outcome: 'hit' })).worker).toBeUndefined()
    await first.untilKnown('a', [1, 2])
  })
})
