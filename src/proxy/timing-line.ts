import { HEADER } from '../http/headers.ts'
import { isShort, overwriteHundredths } from '../metrics/hundredths.ts'
import { STAGE_NAMES, type Stages, toServerTiming, toTotal } from '../metrics/stages.ts'

/** The line of an answer's head that says where its time went, for an answer that nothing was waited for. */
export interface TimingLine {
  /** Line end included. */
  readonly text: string
  /** Writes other times over those of the line that stands at `at`; false where they do not fit in. */
  overwrite(bytes: Buffer, at: number, stages: Stages): boolean
}

/**
 * Makes a line. The next answer of the same kind spends its time in the same stages, and each of them takes as many
 * digits: to write these over costs a tenth of a new line.
 */
export function createTimingLine(stages: Stages): TimingLine {
  const text = `${HEADER.serverTiming}: ${toServerTiming(stages, 0)}\r\n`
  const places = [...STAGE_NAMES, 'total'].map((name) => findPlace(text, name))
  const isFitting = isShort(toTotal(stages))
  return {
    text,
    overwrite: (bytes, at, next) => isFitting && overwrite(places, { bytes, at }, next),
  }
}

/** Where the digits of a stage stand; negative where it is not in the line. */
function findPlace(text: string, name: string): number {
  const mark = ` ${name};dur=`
  const at = text.indexOf(mark)
  return at < 0 ? at : at + mark.length
}

function overwrite(
  places: readonly number[],
  { bytes, at }: { bytes: Buffer; at: number },
  stages: Stages,
): boolean {
  let total = 0
  for (let i = 0; i < stages.length; i++) {
    const ms = stages[i] ?? 0
    const place = places[i] ?? -1
    if (ms === 0 && place < 0) continue
    if (ms === 0 || place < 0 || !overwriteHundredths(bytes, at + place, ms)) return false
    total += ms
  }
  return overwriteHundredths(bytes, at + (places[stages.length] ?? 0), total)
}
