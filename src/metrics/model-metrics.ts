import { Counter, type Registry } from 'prom-client'
import type { AnswerTotals } from '../ollama/completeness.ts'

/** What the origin did for each model. */
export interface ModelMetrics {
  /** Notes one finished run of a model, named by its bounded label. */
  note(model: string, totals: AnswerTotals): void
}

/**
 * A run that waited longer than this for its model is counted as a load, in ms: Ollama reports a
 * `load_duration` for a loaded one too, of tens of milliseconds.
 */
const LOAD_THRESHOLD_MS = 150

/** Declares them. */
export function declareModels(registers: Registry[]): ModelMetrics {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['model'] as const, registers })
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
  return {
    note(model, totals) {
      const labels = { model }
      promptTokens.inc(labels, totals.promptTokens)
      tokens.inc(labels, totals.tokens)
      promptSeconds.inc(labels, totals.promptMs / 1000)
      seconds.inc(labels, (totals.costMs - totals.promptMs) / 1000)
      if (totals.loadMs < LOAD_THRESHOLD_MS) return
      loads.inc(labels)
      loadSeconds.inc(labels, totals.loadMs / 1000)
    },
  }
}
