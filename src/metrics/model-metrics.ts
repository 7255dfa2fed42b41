import { Gauge, type Registry } from 'prom-client'
import type { AnswerTotals } from '../ollama/completeness.ts'
import { declareCounted } from './counted.ts'
import { createDurationCounts, type DurationCounts, GAP_BOUNDS } from './durations.ts'
import { type Labelled, TallyHistogram } from './tally-histogram.ts'

/** What the origin did for each model. */
export interface ModelMetrics {
  /** Notes one finished run of a model, named by its bounded label. */
  note(model: string, totals: AnswerTotals): void
  /** Where the times between the frames of its runs are counted, in seconds. */
  gapsOf(model: string): DurationCounts
}

/**
 * A run that waited longer than this for its model is counted as a load, in ms: Ollama reports a
 * `load_duration` for a loaded one too, of tens of milliseconds.
 */
const LOAD_THRESHOLD_MS = 150

/** Declares them. */
export function declareModels(registry: Registry): ModelMetrics {
  const registers = [registry]
  const counter = (name: string, help: string) =>
    declareCounted({ name, label: 'model', registers }, help)
  const promptTokens = counter('reprise_prompt_tokens_total', 'Tokens of prompts that were read.')
  const tokens = counter('reprise_generated_tokens_total', 'Tokens that were generated.')
  const promptSeconds = counter(
    'reprise_prompt_seconds_total',
    'Time spent on reading prompts, as the origin says.',
  )
  const seconds = counter(
    'reprise_generation_seconds_total',
    'Time spent on generating, as the origin says.',
  )
  const loads = counter(
    'reprise_model_loads_total',
    `Runs that waited over ${LOAD_THRESHOLD_MS} ms for their model to be loaded.`,
  )
  const loadSeconds = counter('reprise_model_load_seconds_total', 'Time those runs waited for it.')
  const speeds = declareSpeed(registers)
  return {
    gapsOf: declareGaps(registry),
    note(model, totals) {
      promptTokens.add(model, totals.promptTokens)
      tokens.add(model, totals.tokens)
      promptSeconds.add(model, totals.promptMs / 1000)
      const generating = (totals.costMs - totals.promptMs) / 1000
      seconds.add(model, generating)
      if (generating > 0) speeds.set(model, totals.tokens / generating)
      if (totals.loadMs < LOAD_THRESHOLD_MS) return
      loads.add(model, 1)
      loadSeconds.add(model, totals.loadMs / 1000)
    },
  }
}

/** The speed of each model's last run, which the gauge reads when somebody scrapes. */
function declareSpeed(registers: Registry[]): Map<string, number> {
  const speeds = new Map<string, number>()
  new Gauge({
    name: 'reprise_tokens_per_second',
    help: 'Tokens per second of the last run of each model, as the origin says; an average is the rate of tokens by the rate of seconds.',
    labelNames: ['model'] as const,
    registers,
    collect() {
      for (const [model, speed] of speeds) this.set({ model }, speed)
    },
  })
  return speeds
}

function declareGaps(registry: Registry): ModelMetrics['gapsOf'] {
  const gaps = new Map<string, Labelled>()
  const names = { name: 'reprise_frame_gap_seconds', labelNames: ['model'] }
  const help = 'Between two frames from the origin; those that come in one read are one.'
  registry.registerMetric(new TallyHistogram(names, help, () => gaps.values()) as never)
  return (model) => {
    const found = gaps.get(model) ?? {
      labels: { model },
      duration: createDurationCounts(GAP_BOUNDS),
    }
    gaps.set(model, found)
    return found.duration
  }
}
