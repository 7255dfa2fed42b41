import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Exchange, loadClients, loadCorpus, VERSIONS } from '../support/corpus.ts'
import { type NativeTwin, toNativeTwin } from '../support/native-twin.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { toRecordedPlan } from '../support/origin-plan.ts'
import { exchange, type RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { toComparable } from './support/comparable.ts'

const CLIENTS = loadClients()
  .filter(({ client }) => /openai|curl/.test(client))
  .flatMap(({ client, action, exchanges }) =>
    exchanges.map((each) => [`${client} ${action}`, each] as const),
  )

const CORPUS = VERSIONS.flatMap((version) =>
  loadCorpus(version).map((each) => [`${version} ${each.name}`, each] as const),
)

const RECORDED = [...CORPUS, ...CLIENTS].flatMap(([name, recorded]) => {
  const twin = toNativeTwin(recorded)
  return twin === undefined ? [] : [{ name, recorded, twin }]
})

/** The role stands in every chunk: the way of v0.24.0. */
const isOlder = (recorded: Exchange): boolean => {
  const { body } = recorded.response
  return recorded.version === 'v0.24.0' || body.indexOf('"role"') !== body.lastIndexOf('"role"')
}

let origin: SimulatedOrigin
const store = createMemoryStore(1e9)

async function openFor(version: string): Promise<TestServer> {
  origin.world.version = version
  return startReprise({
    upstream: origin.url,
    store,
    flags: { 'dialects.translate': true, 'overload.maxEventLoopDelayMs': 0 },
  })
}

describe.each(['0.24.0', '0.32.15'])('an exchange recorded with %s, translated', (version) => {
  const form = version === '0.24.0' ? 'older' : 'newer'
  let reprise: TestServer

  beforeAll(async () => {
    origin = await startOrigin()
    for (const name of ['tiny-tools', 'tiny-think', 'tiny-fim', 'tiny-long', 'minilm']) {
      origin.setModel(`${name}:latest`, name)
    }
    reprise = await openFor(version)
  })

  beforeEach(async () => {
    origin.forget()
    await store.close()
  })

  afterAll(async () => {
    await reprise.close()
    await origin.close()
  })

  function ask({ request }: Exchange): Promise<RawAnswer> {
    const [method = '', path = ''] = request.line.split(' ')
    const headers = request.headers.filter(([name]) => !/^(host|connection)$/i.test(name))
    return exchange(reprise.port, { method, path, headers, body: request.body })
  }

  /** Both routes know the answer: which of them is asked is for Reprise to say. */
  function script({ request, response }: Exchange, twin: NativeTwin): void {
    origin.answerWith(request.line.split(' ')[1] ?? '', toRecordedPlan(response))
    for (const _ of [1, 2]) origin.answerWith(twin.path, (body) => twin.plan(body))
  }

  const own = RECORDED.filter(({ recorded }) => isOlder(recorded) === (form === 'older'))

  it('is there in number', () => {
    expect(own.length).toBeGreaterThan(25)
  })

  it.each(own)('$name: is what was recorded, and so is the hit', async ({ recorded, twin }) => {
    script(recorded, twin)
    const expected = withoutUnknown(toComparable(recorded.response.body), recorded, 'miss')
    const answer = await ask(recorded)
    expect(answer.status).toBe(Number(recorded.response.line.split(' ')[1]))
    expect(toComparable(answer.body)).toBe(expected)
    expect(toType(answer)).toBe(toType(recorded.response))
    if (answer.status !== 200 || answer.header('x-cache') !== 'MISS') return
    const hit = await ask(recorded)
    expect(hit.header('x-cache')).toBe('HIT')
    expect(toComparable(hit.body)).toBe(withoutUnknown(expected, recorded, 'hit'))
  })

  it.each(own.filter(({ recorded }) => isAnswered(recorded)))(
    '$name: is run on the native route',
    async ({ recorded, twin }) => {
      script(recorded, twin)
      const before = origin.allCalls.length
      await ask(recorded)
      const runs = origin.allCalls
        .slice(before)
        .filter(({ path }) => !/tags|version|show/.test(path))
      expect(new Set(runs.map(({ path }) => path))).toEqual(new Set([twin.path]))
    },
  )
})

const isAnswered = ({ response }: Exchange): boolean => response.line.includes(' 200 ')

function toType(message: Pick<RawAnswer, 'headers'>): string | undefined {
  return message.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
}

/** Of several texts only the sum of their tokens was told: not that of some of them, nor of each. */
function withoutUnknown(body: string, { request }: Exchange, word: 'miss' | 'hit'): string {
  const [, list = ''] = /"input":\s*\[([^\]]*)\]/.exec(request.body.toString()) ?? []
  const texts = list === '' ? [] : (JSON.parse(`[${list}]`) as unknown[])
  const isRepeated = new Set(texts).size < texts.length
  const isKnown = word === 'miss' ? !isRepeated : texts.length < 2
  return isKnown ? body : body.replace(/,"usage":\{[^}]*\}/, '')
}
