import { hash } from 'node:crypto'
import type { Entry, Key } from '../store/store.ts'

/** What the origin counted for all texts of one call together. */
export interface CallTokens {
  /** The same for all texts of the call, and for those of no other. */
  readonly call: string
  /** How many texts it had. */
  readonly texts: number
  readonly tokens: number
}

/**
 * What the entry of each text of a call keeps of it. Ollama tells the sum over a call and nothing of its
 * texts: a request that holds all of them again can be told what was counted, as the first was. There are
 * clients that refuse an answer without a count (ollama-ai-provider-v2). Words of 8 hexadecimal digits, as
 * all parts of an entry are; undefined where there is nothing to keep.
 */
export function toCallParts(keys: readonly Key[], tokens: number | undefined): Entry['parts'] {
  if (keys.length < 2 || tokens === undefined) return undefined
  const call = hash('sha256', keys.join('\n'), 'hex')
  return {
    callHigh: call.slice(0, 8),
    callLow: call.slice(8, 16),
    callTexts: toWord(keys.length),
    callTokens: toWord(tokens),
  }
}

/** What an entry knows of the call it came with; undefined where it came alone, or nothing was counted. */
export function readCallTokens({ parts }: Entry): CallTokens | undefined {
  const { callHigh, callLow, callTexts, callTokens } = parts ?? {}
  if (callTexts === undefined || callTokens === undefined) return undefined
  const texts = Number.parseInt(callTexts, 16)
  const tokens = Number.parseInt(callTokens, 16)
  return { call: `${callHigh}${callLow}${callTexts}${callTokens}`, texts, tokens }
}

function toWord(count: number): string {
  return count.toString(16).padStart(8, '0')
}
