import type { FigureScenario } from '../harness/figure.ts'
import { BURST } from './burst.ts'
import { LATE_JOIN } from './late-join.ts'
import { LEAVING } from './leaving.ts'
import { LEAVING_OLLAMA } from './leaving-ollama.ts'
import { OUTAGE } from './outage.ts'
import { OVERLOAD } from './overload.ts'
import { PROMOTION } from './promotion.ts'
import { UNCACHEABLE } from './uncacheable.ts'

/** One generation for each question, whoever comes and goes. */
export const FLIGHTS: readonly FigureScenario[] = [
  BURST,
  LATE_JOIN,
  PROMOTION,
  LEAVING,
  LEAVING_OLLAMA,
  UNCACHEABLE,
  OUTAGE,
  OVERLOAD,
]
