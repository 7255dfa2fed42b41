import { readFileSync } from 'node:fs'
import type { OpenAiForm } from '../../src/ollama/openai-values.ts'

/**
 * What Ollama's own middleware (`middleware.ChatMiddleware` and its like, of v0.32.15 and, in the older
 * form, of v0.24.0) made of a request, and of the native answer behind it.
 */
export interface Golden {
  readonly form: OpenAiForm
  readonly name: string
  readonly path: string
  /** The body of the client. */
  readonly body: string
  /** The native request; empty where the middleware answered 400 by itself. */
  readonly native: string
  /** What the native handler wrote, one element for each write; absent where only the request counts. */
  readonly frames?: readonly string[]
  /** Its status. */
  readonly status?: number
  /** What the client got. */
  readonly answer?: string
  readonly contentType?: string
}

function load(file: string, form: OpenAiForm): Golden[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => ({ ...(JSON.parse(line) as Omit<Golden, 'form'>), form }))
}

/** All of them. */
export const GOLDEN: readonly Golden[] = [
  ...load('openai-golden.ndjson', 'newer'),
  ...load('openai-golden-older.ndjson', 'older'),
]
