import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/reprise.ts'
import {
  deleteOwnModels,
  listModels,
  makeModel,
  OLLAMA,
  OLLAMA_CLI,
  OWN,
  startInjecting,
} from './ollama.ts'

/** What the command said, with distances in time made alike. */
function run(host: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, OLLAMA_HOST: host, OLLAMA_NOHISTORY: '1' }
  return new Promise((resolve) => {
    const child = execFile(OLLAMA_CLI ?? '', [...args], { env }, (error, stdout) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      const lines = stdout.replace(/ {2,}\S[\w ]* (from now|ago)\b */g, '  $1').split('\n')
      // Models made in one second are listed in another order each time.
      resolve({ code, stdout: (args[0] === 'list' ? lines.sort() : lines).join('\n') })
    })
    child.stdin?.end()
  })
}

describe.skipIf(OLLAMA === undefined || OLLAMA_CLI === undefined)('the ollama command', () => {
  let reprise: TestServer
  let url: string
  let model: string

  beforeAll(async () => {
    reprise = await startInjecting()
    url = `http://127.0.0.1:${reprise.port}`
    // Without a limit of its own: that one would give way to the cap that Reprise puts in.
    model = await makeModel('cli', 'tiny', { parameters: { temperature: 0 } })
  })

  afterAll(async () => {
    await deleteOwnModels()
    await reprise.close()
  })

  const both = async (...args: string[]) => {
    const direct = await run(OLLAMA ?? '', args)
    const first = await run(url, args)
    const second = await run(url, args)
    expect(first).toEqual(direct)
    expect(second).toEqual(direct)
    return direct
  }

  it('runs a prompt, and the second time from the cache', async () => {
    const hits = () => reprise.log.filter((line) => line.outcome === 'hit').length
    const before = hits()
    const { stdout, code } = await both('run', model, 'Hello there')
    expect(code).toBe(0)
    expect(stdout.trim()).not.toBe('')
    expect(hits()).toBeGreaterThan(before)
  })

  it.each([
    ['list', ''],
    ['ps', ''],
    ['show', 'tiny-think'],
    ['show', '--modelfile', 'tiny-tools'],
    ['show', 'nosuch'],
    ['run', 'tiny', '--format', 'nonsense', 'Hello'],
    ['--version', ''],
  ])('says the same of %s %s', async (...args) => {
    await both(...args.filter((each) => each !== ''))
  })

  it('stops a model', async () => {
    await run(url, ['run', model, 'stop me'])
    expect((await run(url, ['ps'])).stdout).toContain(model)
    expect(await run(url, ['stop', model])).toEqual({ code: 0, stdout: '' })
    expect((await run(url, ['ps'])).stdout).not.toContain(model)
    await both('stop', model)
  })

  it('copies and removes', async () => {
    const copy = `${OWN}copy`
    const direct = [await run(OLLAMA ?? '', ['cp', model, copy])]
    direct.push(await run(OLLAMA ?? '', ['rm', copy]), await run(OLLAMA ?? '', ['rm', copy]))
    const copied = await run(url, ['cp', model, copy])
    expect(await listModels()).toContain(`${copy}:latest`)
    const removed = await run(url, ['rm', copy])
    expect(await listModels()).not.toContain(`${copy}:latest`)
    expect([copied, removed, await run(url, ['rm', copy])]).toEqual(direct)
  })
})
