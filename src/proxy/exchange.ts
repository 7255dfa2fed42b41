import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { RequestDirectives } from '../http/cache-control.ts'
import type { KnownModel } from '../models/registry.ts'
import type { AnswerTotals } from '../ollama/completeness.ts'
import type { Endpoint } from '../ollama/endpoints.ts'
import type { Parts } from '../ollama/parts.ts'
import type { Question } from '../ollama/question.ts'
import type { Outcome } from '../outcome.ts'
import type { Found, Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { Seat } from './flights.ts'
import type { FrameSource } from './frame-source.ts'
import type { Understanding } from './understanding.ts'

/** How much of its work Reprise does: the setting `mode`. */
export type Mode = 'serve' | 'observe' | 'offline' | 'off'

/**
 * Whether what is known of exact bytes is used, and known answers go past Node's own writing. `untaken` is for
 * the proof that it makes no difference.
 */
export type Shortcuts = 'taken' | 'untaken'

/** Where an answer may be kept: present only on requests that may be answered from the cache. */
export interface Identity {
  readonly key: Key
  readonly model: KnownModel
  /** What an entry keeps of the key; made with it for large bodies, and otherwise when there is an entry. */
  readonly parts?: Parts | undefined
  /** The canonical body, of which the key was made just now, where it is small. */
  readonly canonical?: Buffer | undefined
}

/** Instants of one exchange on the monotonic clock, in ms; undefined where it did not come so far. */
export interface Timings {
  readonly startedAt: number
  firstFrameAt?: number
  /** When each step was over. */
  readonly steps: Partial<Record<StepName, number>>
}

/** The body of a request: all of it, or a stream where it is not ours to read or too large to keep. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** The client left before it had sent all. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'stream'; readonly why: 'not-ours' | 'too-large' }

/** What is needed of Fastify to hand a request through. */
export type Handover = Pick<FastifyReply, 'from' | 'hijack'>

/** One request and its answer, as it goes through the steps. Each step fills in what the next ones read. */
export interface Exchange extends Inquiry {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Lets Fastify route the request after all, and calls `use` with its reply: what is handed through needs its plugin. */
  openReply(use: (reply: Handover) => void): void
  readonly method: string
  /** The path as the client sent it, without the query. */
  readonly path: string
  /** The query with its question mark; empty where there is none. */
  readonly query: string
  /** All bytes of the request, where they are known to have come as one piece. */
  readonly raw: Buffer | undefined
  /** What the client asks of the cache. */
  readonly directives: RequestDirectives
  body: RequestBody
  /** The texts of an embedding request, each with its own key. */
  batch?: Batch
  /** An entry past its lifetime that may be given where the origin has no answer. */
  stale?: Found
  source?: FrameSource
  /** True where another process answers it. */
  isHandedOver?: boolean
}

/** A request without its connection: all that a known answer is made of, and what is counted in the end. */
export interface Inquiry {
  /** The row of the endpoint table; undefined for a path Ollama does not know. */
  readonly endpoint: Endpoint | undefined
  readonly timings: Timings
  /** Whether stage times may be told to the client. */
  readonly serverTiming: 'on' | 'off'
  /** How the request ends; set by the step that knows first, replaced only by an error. */
  outcome: Outcome
  /** The model as the client wrote it, where the body names one. */
  model?: string | undefined
  question?: Question
  /** What was known of exactly its bytes before it came. */
  understood?: Understanding
  identity?: Identity
  /** What the answer would have cost to make, where it is made of several entries or runs. */
  saved?: { readonly costMs: number; readonly tokens: number }
  /** The entry the answer is made of. */
  found?: Found
  /** An entry that is only compared with what the origin says now. */
  observed?: Found
  /** What was made though all of it was known, where it is made of several entries (mode `observe`). */
  avoidable?: { readonly costMs: number; readonly tokens: number }
  /** Whether giving an entry past its lifetime has started a run for a new one: then nothing was spared. */
  renewal?: 'started' | 'not-started'
  /** Its place in a flight, where it takes part in one. */
  seat?: Seat
  /** The `done_reason` of the answer, where it has one. */
  endedIn?: string | undefined
  /** What the origin said of the run this request had a part in. */
  totals?: AnswerTotals
  /** All of it was handed to the system, where that was not Node's doing. */
  delivered?: 'whole'
  /** Status and body bytes that went to the client; set by the step that answers. */
  sent: { status: number; bytes: number }
}

/** The steps of the story, by name; `done` ends it. */
export type StepName =
  | 'receive'
  | 'fingerprint'
  | 'lookup'
  | 'vectors'
  | 'replay'
  | 'join'
  | 'fallback'
  | 'relay'
  | 'offline'
  | 'deliver'
  | 'done'

/** One step: does its one thing and names the next. */
export type Step = (exchange: Exchange) => StepName | Promise<StepName>
