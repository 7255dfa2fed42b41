import { ANSWERS } from '../harness/answers.ts'
import { readChunks } from '../harness/chunks.ts'
import { exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { toQuestion } from './questions.ts'

/** A chunk is one whole line, as Ollama sends them: a client that reads chunk by chunk sees no difference. */
const isOneFrame = (chunk: string): boolean => /^\{[^\n]*\}\n$/.test(chunk)

/** What is sent, not how fast: the check beside the figures of streamed answers. */
export const FRAMING: FigureScenario = {
  title: 'streamed, every frame its own transfer chunk',
  standsFor: 'clients that take each chunk for one message',
  tier: 'quick',
  async measure(bench) {
    const { url } = await bench.field.find(REPRISE)
    const question = toQuestion('long', 'stream', 'framing')
    const count = ANSWERS.long.frames.length
    const figures: Figure[] = []
    for (const outcome of ['miss', 'hit', 'hit again'] as const) {
      const chunks = await readChunks(url, question)
      figures.push({
        name: `${outcome}: chunks that are one frame`,
        measured: chunks.filter(isOneFrame).length,
        unit: 'chunks',
        goal: exactly(count),
        detail: `of ${chunks.length} chunks, ${count} frames`,
      })
    }
    return figures
  },
}
