import type { OutcomeWord } from '../../../src/metrics/observation.ts'
import type { ManualClock } from '../../support/clock.ts'
import type { SimulatedOrigin } from '../../support/origin.ts'
import { exchange, postJson, type RawAnswer, send } from '../../support/raw-client.ts'
import type { TestServer } from '../../support/reprise.ts'

/** One request of the script, and what has to be counted of it. */
export interface Scripted {
  readonly endpoint: string
  readonly kind: 'text' | 'vision' | 'embedding' | 'none'
  readonly outcome: OutcomeWord
  readonly client?: 'left'
  /** What is to leave no trace is counted, and not written down. */
  readonly trace?: 'none'
}

/** What the script is played on. */
export interface Scene {
  readonly reprise: TestServer
  readonly origin: SimulatedOrigin
  readonly clock: ManualClock
}

/** Settings under which the script has the outcomes it says. */
export const HOUR_FLAGS = { 'ttl.text': '10m', 'queue.concurrency': '1', 'queue.maxDepth': '1' }

const MINUTE_MS = 60_000
const GENERATE = '/api/generate'

/** Plays an hour of every kind of request and every outcome, and says what it was. */
export async function playHour(scene: Scene): Promise<Scripted[]> {
  const hour = new Hour(scene)
  await hour.ask('old', 'miss')
  for (let minute = 0; minute < 60; minute++) {
    await hour.ask(`question ${minute}`, 'miss')
    for (let again = 0; again <= minute % 3; again++) await hour.ask(`question ${minute}`, 'hit')
    if (minute % 5 === 0) await hour.askAround(minute)
    if (minute % 6 === 0) await hour.embed(minute)
    if (minute % 20 === 10) await hour.askTogether(`together ${minute}`)
    if (minute % 20 === 15) await hour.leave(`nobody waits ${minute}`)
    if (minute === 25) await hour.overfill()
    if (minute === 45) await hour.askWhileDown()
    scene.clock.advance(MINUTE_MS)
  }
  await hour.beRefused()
  return hour.script
}

class Hour {
  readonly script: Scripted[] = []
  readonly #scene: Scene
  #left = 0

  constructor(scene: Scene) {
    this.#scene = scene
  }

  #note(outcome: OutcomeWord, more: Partial<Scripted> = {}): void {
    this.script.push({ endpoint: GENERATE, kind: 'text', outcome, ...more })
  }

  async ask(prompt: string, outcome: OutcomeWord, more: object = {}): Promise<RawAnswer> {
    this.#note(outcome)
    return postJson(this.#scene.reprise.port, GENERATE, { model: 'tiny', prompt, ...more })
  }

  /** What is asked otherwise: with variety, with pictures, in another dialect, without a trace, of no model. */
  async askAround(minute: number): Promise<void> {
    const { port } = this.#scene.reprise
    await this.ask('a poem', 'bypass', { options: { temperature: 0.9 } })
    const picture = { model: 'tiny', prompt: `what is ${minute}?`, images: ['aGk='] }
    const chat = { model: 'tiny', messages: [{ role: 'user', content: `hello ${minute}` }] }
    for (const outcome of ['miss', 'hit'] as const) {
      this.#note(outcome, { kind: 'vision' })
      await postJson(port, GENERATE, picture)
      this.#note(outcome, { endpoint: '/v1/chat/completions' })
      await postJson(port, '/v1/chat/completions', chat)
    }
    this.#note('bypass', { trace: 'none' })
    const secret = { model: 'tiny', prompt: 'secret' }
    await postJson(port, GENERATE, secret, [['Cache-Control', 'no-store']])
    this.#note('bypass', { endpoint: '/api/tags', kind: 'none' })
    await exchange(port, { path: '/api/tags' })
  }

  /** A batch of which one text is known but for the first time; then all of it is. */
  async embed(minute: number): Promise<void> {
    for (const outcome of ['miss', 'hit'] as const) {
      this.#note(outcome, { endpoint: '/api/embed', kind: 'embedding' })
      const input = ['common', `text ${minute}`]
      await postJson(this.#scene.reprise.port, '/api/embed', { model: 'other', input })
    }
  }

  /** Two ask the same while the origin takes half a minute for it. */
  async askTogether(prompt: string): Promise<void> {
    const { origin, reprise, clock } = this.#scene
    const barrier = origin.hold(GENERATE, 1)
    const first = this.ask(prompt, 'miss')
    await barrier.arrived
    clock.advance(30_000)
    this.#note('collapsed')
    const body = JSON.stringify({ model: 'tiny', prompt })
    const second = send(reprise.port, { method: 'POST', path: GENERATE, body })
    await second.received(1)
    clock.advance(7_458)
    barrier.release()
    await Promise.all([first, second.answer])
  }

  /** The only client leaves before there is an answer. */
  async leave(prompt: string): Promise<void> {
    const { origin, reprise, clock } = this.#scene
    const barrier = origin.hold(GENERATE, 'headers')
    this.#note('miss', { client: 'left' })
    const body = JSON.stringify({ model: 'tiny', prompt })
    const client = send(reprise.port, { method: 'POST', path: GENERATE, body })
    await barrier.arrived
    clock.advance(2_345)
    client.abort()
    this.#left += 1
    await reprise.logged({ status: 499 }, this.#left)
    barrier.release()
  }

  /** One runs and one waits: the third is sent away. */
  async overfill(): Promise<void> {
    const { origin, clock } = this.#scene
    const barrier = origin.hold(GENERATE, 'headers')
    const running = this.ask('runs', 'miss')
    await barrier.arrived
    const others = [this.ask('waits, or is sent away', 'miss'), this.ask('the other', 'error')]
    await Promise.race(others)
    clock.advance(9_999)
    barrier.release()
    await Promise.all([running, ...others])
  }

  /** What has expired is given for want of anything better; what is new gets an error. */
  async askWhileDown(): Promise<void> {
    const { origin } = this.#scene
    for (let i = 0; i < 4; i++) origin.fail(GENERATE, { kind: 'reset-before-headers' })
    await this.ask('old', 'stale')
    await this.ask('never asked before', 'error')
    origin.forget()
  }

  /** Before anything of them is read. */
  async beRefused(): Promise<void> {
    const { port } = this.#scene.reprise
    this.#note('error', { endpoint: 'other', kind: 'none' })
    await exchange(port, { path: '/api/gen%65rate' })
    this.#note('error', { endpoint: 'other', kind: 'none' })
    await exchange(port, { path: '/api/tags', headers: [['Host', 'example.com']] })
  }
}
