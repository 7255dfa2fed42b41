import { randomBytes } from 'node:crypto'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { readLoopDelay } from '../harness/loop-delay.ts'
import { type MakeBody, PICTURE_BODIES } from '../harness/picture-bodies.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, type Stage } from '../harness/stage.ts'
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
      for (const [name, make] of PICTURE_BODIES)
        figures.push(await measureOne(stage, bench, name, make))
      return figures
    } finally {
      await stage.close()
    }
  },
}

async function measureOne(
  stage: Stage,
  bench: Bench,
  name: string,
  make: MakeBody,
): Promise<Figure> {
  const longest: number[] = []
  const rounds = bench.effort === 'quick' ? 5 : 9
  for (let round = 0; round <= rounds; round += 1) {
    const { path, json } = make(toPrompt(name, round), toPicture())
    const body = JSON.stringify({ model: 'bench:long', options: { temperature: 0 }, ...json })
    await readLoopDelay(stage.reprise, 'max')
    const answer = await fetch(`${stage.reprise.url}${path}`, { method: 'POST', body })
    await answer.arrayBuffer()
    // What is compiled in the first round is not what is measured.
    if (round > 0) longest.push(await readLoopDelay(stage.reprise, 'max'))
  }
  return {
    name,
    measured: quantile(longest, 0.5),
    unit: 'ms',
    goal: atMost(GOAL_MS),
    detail: `the median of ${longest.map((ms) => ms.toFixed(0)).join(', ')}`,
  }
}

function toPrompt(name: string, round: number): string {
  return JSON.stringify({ ...AT_ONCE, tag: `${name} ${round}` })
}

const toPicture = (): string => randomBytes(PICTURE_BYTES).toString('base64')
