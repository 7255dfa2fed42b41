import { randomBytes } from 'node:crypto'
import type { Bench, Figure, FigureScenario } from '../harness/figure.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, readMetric, type Stage } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'

/** Bytes of a picture whose base64 makes a body of 20 MB. */
const PICTURE_BYTES = 15_000_000

/** Everybody else must not wait longer for a picture that is read and hashed. */
const GOAL_MS = 30

/** Pictures that are read, translated, hashed, forwarded and kept. */
export const LARGE_BODIES: FigureScenario = {
  title: 'large bodies: how long the loop is held up by a picture of 20 MB',
  standsFor: 'a photograph from a phone, sent to a vision model while an editor completes words',
  async measure(bench) {
    const stage = await openStage(bench)
    try {
      const figures: Figure[] = []
      for (const [name, make] of BODIES) figures.push(await measureOne(stage, bench, name, make))
      return figures
    } finally {
      await stage.close()
    }
  },
}

interface Body {
  readonly path: string
  readonly json: object
}

type MakeBody = (script: string, picture: string) => Body

const BODIES: readonly (readonly [string, MakeBody])[] = [
  [
    '/api/generate',
    (prompt, picture) => ({
      path: '/api/generate',
      json: { prompt, images: [picture], stream: false },
    }),
  ],
  [
    '/api/chat',
    (content, picture) => ({
      path: '/api/chat',
      json: { messages: [{ role: 'user', content, images: [picture] }] },
    }),
  ],
  [
    '/api/generate, base64 in lines',
    (prompt, picture) => ({
      path: '/api/generate',
      json: { prompt, images: [picture.replace(/.{76}/g, '$&\n')] },
    }),
  ],
  [
    '/v1/chat/completions, translated',
    (text, picture) => ({ path: '/v1/chat/completions', json: toParts(text, picture) }),
  ],
]

function toParts(text: string, picture: string): object {
  const url = `data:image/png;base64,${picture}`
  const content = [
    { type: 'text', text },
    { type: 'image_url', image_url: { url } },
  ]
  return { messages: [{ role: 'user', content }], temperature: 0 }
}

async function measureOne(
  stage: Stage,
  bench: Bench,
  name: string,
  make: MakeBody,
): Promise<Figure> {
  const longest: number[] = []
  const rounds = bench.effort === 'full' ? 9 : 5
  for (let round = 0; round <= rounds; round += 1) {
    const { path, json } = make(toPrompt(name, round), toPicture())
    const body = JSON.stringify({ model: 'bench:long', options: { temperature: 0 }, ...json })
    await readLongestMs(stage)
    const answer = await fetch(`${stage.reprise.url}${path}`, { method: 'POST', body })
    await answer.arrayBuffer()
    // What is compiled in the first round is not what is measured.
    if (round > 0) longest.push(await readLongestMs(stage))
  }
  return {
    name,
    measured: quantile(longest, 0.5),
    unit: 'ms',
    goal: { kind: 'at-most', value: GOAL_MS },
    detail: `the median of ${longest.map((ms) => ms.toFixed(0)).join(', ')}`,
  }
}

function toPrompt(name: string, round: number): string {
  return JSON.stringify({ ...AT_ONCE, tag: `${name} ${round}` })
}

const toPicture = (): string => randomBytes(PICTURE_BYTES).toString('base64')

/** How often Node itself looks at its loop, in ms: a loop that is never held up is seen to take as long. */
const RESOLUTION_MS = 10

/** For how long the server's loop was held up at most since the last time this was asked, in ms. */
async function readLongestMs({ reprise }: Stage): Promise<number> {
  const seconds = await readMetric(reprise, 'nodejs_eventloop_lag_max_seconds')
  return Math.max(0, seconds * 1000 - RESOLUTION_MS)
}
