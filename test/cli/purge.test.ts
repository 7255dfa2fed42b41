import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { get, keeps } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

let origin: SimulatedOrigin
let server: TestServer
let at: string[]

beforeEach(async () => {
  origin = await startOrigin()
  server = await startReprise({ upstream: origin.url })
  at = ['--listen', `127.0.0.1:${server.port}`, '--data-dir', server.dataDir]
  for (const model of ['tiny', 'other']) {
    await postJson(server.port, '/api/generate', { model, prompt: 'x' })
  }
  await keeps(server, 2)
})

afterEach(async () => {
  await server.close()
  await origin.close()
})

const total = async () => (await get(server, '/reprise/entries')).total

describe('reprise purge', () => {
  it('shows the count and asks, and removes only on a yes', async () => {
    const no = await reprise(['purge', '--model', 'tiny', ...at], [''])
    expect(no.asked).toEqual(['remove 1 entry? [y/N] '])
    expect(no).toMatchObject({ status: 0, out: '1 entry would be removed; none were\n' })
    expect(await total()).toBe(2)
    const yes = await reprise(['purge', '--model', 'tiny', ...at], ['y'])
    expect(yes).toMatchObject({ status: 0, out: '1 entry removed\n' })
    expect(await total()).toBe(1)
  })

  it('refuses where nobody can be asked, but for --yes', async () => {
    const refused = await reprise(['purge', '--all', ...at])
    expect(refused).toMatchObject({ status: 1, out: '' })
    expect(refused.err).toContain('nobody is there to be asked')
    expect(await total()).toBe(2)
    expect(await reprise(['purge', '--all', '--yes', '--json', ...at])).toMatchObject({
      status: 0,
      out: '{"entries":2,"dryRun":false}\n',
    })
    expect(await total()).toBe(0)
  })

  it('only counts with --dry-run, and asks nothing', async () => {
    const { out, asked } = await reprise(
      ['purge', '--route', '/api/generate', '--dry-run', ...at],
      [],
    )
    expect(out).toBe('2 entries would be removed; none were\n')
    expect(asked).toEqual([])
    expect(await total()).toBe(2)
  })

  it('removes by key, by its first digits, and what has expired', async () => {
    const [{ key: first }, { key: second }] = (await get(server, '/reprise/entries')).entries
    expect((await reprise(['purge', '--key', first, '--yes', ...at])).out).toBe('1 entry removed\n')
    const prefix = ['--prefix', second.slice(0, 8)]
    expect((await reprise(['purge', '--expired', '--yes', ...at])).out).toBe('0 entries removed\n')
    expect((await reprise(['purge', ...prefix, '--yes', ...at])).out).toBe('1 entry removed\n')
    expect(await total()).toBe(0)
  })

  it.each([[[]], [['--all', '--model', 'tiny']], [['--expired', '--all']]])(
    'refuses to guess what %j means',
    async (flags) => {
      const { status, err } = await reprise(['purge', ...flags, '--yes', ...at])
      expect(status).toBe(1)
      expect(err).toContain('say which entries')
      expect(await total()).toBe(2)
    },
  )

  it('says where the token is where it has the wrong one', async () => {
    const wrong = ['--listen', at[1] ?? '', '--data-dir', '/nonexistent']
    const { status, err } = await reprise(['purge', '--all', '--yes', ...wrong])
    expect(status).toBe(1)
    expect(err).toContain('admin-token')
    expect(await total()).toBe(2)
  })
})
