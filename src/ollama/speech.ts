import type { Document } from './document.ts'
import type { EventRoute } from './event.ts'
import type { OpenAiForm } from './openai-values.ts'

/** How a client of a compatible route is answered. */
export interface Speech {
  /** The route it asked on. */
  readonly route: EventRoute
  /** The body as it sent it: parts of it are told back. */
  readonly document: Document
  /** Whether a stream tells the usage. */
  readonly usage: 'shown' | 'hidden'
  /** How native frames are put into the route's words; undefined where the run is on the route itself. */
  readonly form: OpenAiForm | undefined
}
