import type { FigureScenario } from '../harness/figure.ts'
import { BURST } from './burst.ts'
import { BURST_WORKERS } from './burst-workers.ts'
import { CHURN } from './churn.ts'
import { DISTINCT } from './distinct.ts'
import { EMBEDDING_BATCH } from './embedding-batch.ts'
import { FIRST_FRAME } from './first-frame.ts'
import { FRAMING } from './framing.ts'
import { HIT_TAIL } from './hit-tail.ts'
import { LARGE_BODIES } from './large-bodies.ts'
import { LATE_JOIN } from './late-join.ts'
import { LEAVING } from './leaving.ts'
import { LEAVING_OLLAMA } from './leaving-ollama.ts'
import { OBSERVING } from './observing.ts'
import { OUTAGE } from './outage.ts'
import { OVERLOAD } from './overload.ts'
import { PER_FRAME } from './per-frame.ts'
import { PROMOTION } from './promotion.ts'
import { SCALE } from './scale.ts'
import { UNCACHEABLE } from './uncacheable.ts'
import { WORKERS } from './workers.ts'

/** What is judged by numbers of its own, in the order in which it is measured. */
export const FIGURES: readonly FigureScenario[] = [
  FRAMING,
  HIT_TAIL,
  WORKERS,
  OBSERVING,
  FIRST_FRAME,
  PER_FRAME,
  DISTINCT,
  BURST,
  BURST_WORKERS,
  LATE_JOIN,
  PROMOTION,
  LEAVING,
  LEAVING_OLLAMA,
  UNCACHEABLE,
  OUTAGE,
  OVERLOAD,
  CHURN,
  LARGE_BODIES,
  EMBEDDING_BATCH,
  SCALE,
]
