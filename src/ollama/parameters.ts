import { type Document, readLexeme, readString } from './document.ts'
import { readKeepAlive } from './keep-alive.ts'
import { readOption } from './options.ts'

/** How one parameter is put into requests. */
export interface ParameterRule<T> {
  /** `fill`: where the request leaves it open, or passes a bound; `force`: always; `off`: never. */
  readonly mode: 'fill' | 'force' | 'off'
  readonly value: T
}

// Each function says which value to put in; undefined leaves the request as it is. An option of a
// wrong type is always left: Ollama's error is the right answer (corpus 146).

/** 0 is "let the runtime decide" to Ollama, as good as none. */
export function decideNumThread(
  document: Document,
  rule: ParameterRule<number>,
): number | undefined {
  return decideOption(readInteger(document, 'num_thread'), rule, (sent) => sent === 0)
}

/** The value is an upper bound: zero and negative mean unlimited to Ollama (corpus 068, 072, 073). */
export function decideNumPredict(
  document: Document,
  rule: ParameterRule<number>,
): number | undefined {
  const isOpen = (sent: number) => sent <= 0 || sent > rule.value
  return decideOption(readInteger(document, 'num_predict'), rule, isOpen)
}

/** Only where there is one to give. */
export function decideTemperature(
  document: Document,
  { mode, value }: ParameterRule<number | null>,
): number | undefined {
  if (value === null) return undefined
  return decideOption(readOption(document, 'temperature'), { mode, value }, () => false)
}

/** Zero in any spelling is never replaced, or `ollama stop` would not stop anything. */
export function decideKeepAlive(
  document: Document,
  { mode, value }: ParameterRule<string | number>,
): string | number | undefined {
  if (mode === 'off') return undefined
  const sent = readKeepAlive(document)
  if (sent === 'absent') return value
  if (sent === 'zero' || mode === 'fill') return undefined
  return readSentKeepAlive(document) === value ? undefined : value
}

function readSentKeepAlive(document: Document): string | number | undefined {
  const member = document.members.get('keep_alive')
  if (member?.type !== 'number') return readString(document, 'keep_alive')
  return Number(readLexeme(document, member))
}

type Sent = ReturnType<typeof readOption>

/** Ollama cuts a fraction off before it uses an integer option (corpus 147). */
function readInteger(document: Document, name: string): Sent {
  const sent = readOption(document, name)
  return typeof sent === 'number' ? Math.trunc(sent) : sent
}

function decideOption(
  sent: Sent,
  rule: ParameterRule<number>,
  isOpen: (sent: number) => boolean,
): number | undefined {
  if (rule.mode === 'off' || sent === 'foreign') return undefined
  if (sent === 'absent') return rule.value
  const isReplaced = rule.mode === 'force' ? sent !== rule.value : isOpen(sent)
  return isReplaced ? rule.value : undefined
}
