import { createHash, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { exchange, postJson, type RawAnswer } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { options } from './cases.ts'
import { toSeen } from './compare.ts'
import {
  askDirectly,
  deleteOwnModels,
  describeOllama,
  listModels,
  makeModel,
  OWN,
  ollamaPort,
  startInFront,
} from './ollama.ts'

/** How long an answer of weights that were replaced behind Reprise's back may still be given. */
const NOTICED_AFTER_MS = 2_000

describeOllama('models that come, change and go', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
  })

  afterEach(deleteOwnModels)
  afterAll(() => reprise.close())

  const ask = (model: string) =>
    postJson(reprise.port, '/api/generate', { model, prompt: 'Hello', stream: false, options })

  const textOf = (answer: RawAnswer): string => JSON.parse(answer.body.toString()).response

  const remove = (port: number, model: string) =>
    exchange(port, { method: 'DELETE', path: '/api/delete', body: JSON.stringify({ model }) })

  it.each([true, false])('create, copy and delete are the same with stream %s', async (stream) => {
    const create = { model: `${OWN}made`, from: 'tiny', system: 'Be brief.', stream }
    const copy = { source: `${OWN}made`, destination: `${OWN}copy` }
    // Once before, so that both find the same layers there.
    await askDirectly('/api/create', create)
    const seen = async (port: number) => [
      toSeen(await postJson(port, '/api/create', create)),
      toSeen(await postJson(port, '/api/copy', copy)),
      toSeen(await remove(port, copy.destination)),
      toSeen(await remove(port, copy.destination)),
    ]
    const direct = await seen(ollamaPort)
    expect(direct.map(({ line }) => line.split(' ')[0])).toEqual(['200', '200', '200', '404'])
    expect(await seen(reprise.port)).toEqual(direct)
  })

  it('a model replaced through Reprise is never answered for by the old one', async () => {
    const model = await makeModel('replaced', 'tiny', { system: 'brief' })
    await ask(model)
    const hit = await ask(model)
    const system = 'something else altogether, in many more words'
    await postJson(reprise.port, '/api/create', { model, from: 'tiny', system, stream: false })
    const changed = await ask(model)
    const again = await ask(model)
    const words = [hit, changed, again].map((each) => each.header('x-cache'))
    expect(words).toEqual(['HIT', 'MISS', 'HIT'])
    const direct = await askDirectly('/api/generate', {
      model,
      prompt: 'Hello',
      stream: false,
      options,
    })
    expect(toSeen(changed)).toEqual(toSeen(direct))
    expect(JSON.parse(changed.body.toString()).prompt_eval_count).not.toBe(
      JSON.parse(hit.body.toString()).prompt_eval_count,
    )
  })

  it('a name copied over another through Reprise is never answered for by the old one', async () => {
    const model = await makeModel('target', 'tiny', { system: 'to be copied over' })
    const source = await makeModel('over', 'tiny', { system: 'what is copied over it' })
    const before = await ask(model)
    await postJson(reprise.port, '/api/copy', { source, destination: model })
    const after = await ask(model)
    const direct = await askDirectly('/api/generate', {
      model,
      prompt: 'Hello',
      stream: false,
      options,
    })
    expect([before, after].map((each) => each.header('x-cache'))).toEqual(['MISS', 'MISS'])
    expect(toSeen(after)).toEqual(toSeen(direct))
  })

  it('the bytes of a model are taken up through Reprise as they are', async () => {
    const bytes = randomBytes(300_000)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const path = `/api/blobs/${digest}`
    const post = (port: number, body: Buffer) => exchange(port, { method: 'POST', path, body })
    const wrong = await post(reprise.port, bytes.subarray(1))
    expect(toSeen(wrong)).toEqual(toSeen(await post(ollamaPort, bytes.subarray(1))))
    expect((await post(reprise.port, bytes)).status).toBe(201)
    const again = await post(ollamaPort, bytes)
    expect(toSeen(await post(reprise.port, bytes))).toEqual(toSeen(again))
    const head = { method: 'HEAD', path }
    const direct = await exchange(ollamaPort, head)
    expect(direct.status).toBe(200)
    expect(toSeen(await exchange(reprise.port, head))).toEqual(toSeen(direct))
  })

  it('a model replaced behind its back is noticed within two seconds', async () => {
    const model = await makeModel('behind', 'tiny', { system: 'to be replaced' })
    await ask(model)
    expect((await ask(model)).header('x-cache')).toBe('HIT')
    await makeModel('behind', 'tiny', { system: 'what replaced it' })
    const changedAt = performance.now()
    let lastOldAt = changedAt
    while (lastOldAt - changedAt < NOTICED_AFTER_MS) {
      const askedAt = performance.now()
      const answer = await ask(model)
      if (answer.header('x-cache') !== 'HIT') break
      lastOldAt = askedAt
    }
    expect(lastOldAt - changedAt).toBeLessThan(NOTICED_AFTER_MS)
    expect((await ask(model)).header('x-cache')).toBe('HIT')
  })

  it('a copy has the answers of what it was copied from; a deleted model has none', async () => {
    const model = await makeModel('source', 'tiny')
    const copy = `${OWN}copied`
    const first = await ask(model)
    await postJson(reprise.port, '/api/copy', { source: model, destination: copy })
    const copied = await ask(copy)
    expect(copied.header('x-cache')).toBe('HIT')
    expect(textOf(copied)).toBe(textOf(first))
    expect(JSON.parse(copied.body.toString()).model).toBe(copy)
    await remove(reprise.port, copy)
    const gone = await ask(copy)
    const direct = await askDirectly('/api/generate', { model: copy, prompt: 'Hello' })
    expect(toSeen(gone)).toEqual(toSeen(direct))
    expect(gone.status).toBe(404)
    expect(await listModels()).not.toContain(`${copy}:latest`)
  })
})
