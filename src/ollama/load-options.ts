import { type Document, readLexeme } from './document.ts'
import { readOption } from './options.ts'

const NUM_GPU = 'num_gpu'

/** The options that Ollama compares with those of a loaded runner, sorted, and how each is read. */
const LOAD_OPTIONS: readonly [string, (document: Document, name: string) => string | undefined][] =
  [
    ['draft_num_predict', readWhole],
    ['main_gpu', readWhole],
    ['num_batch', readWhole],
    ['num_ctx', readWhole],
    // A negative number leaves the choice to Ollama, which then keeps what is loaded.
    [NUM_GPU, (document, name) => readWholeUnless(document, name, (value) => value < 0)],
    // 0 is "let the runtime decide", as is none: neither reloads the other (corpus: experiments/reloads).
    ['num_thread', (document, name) => readWholeUnless(document, name, (value) => value === 0)],
    ['shift', readShift],
    ['use_mmap', readTruth],
  ]

/**
 * What a request asks of the loading of its model, as `num_ctx=4096 num_thread=6`: requests whose texts
 * differ make Ollama load it anew (Scheduler.needsReload; corpus: experiments/reloads, v0.24.0 and v0.32.15).
 * Sorted by name, numbers by value; empty where it asks nothing, as over /v1, which has no options. A value of
 * a wrong type is not named: Ollama refuses it before it looks at what is loaded.
 */
export function readLoadOptions(document: Document): string {
  if (document.dialect?.parameters !== 'options') return ''
  let text = ''
  for (const [name, read] of LOAD_OPTIONS) {
    const value = read(document, name)
    if (value !== undefined) text += `${text === '' ? '' : ' '}${name}=${value}`
  }
  return text
}

/**
 * Whether a run with the options `asked` makes Ollama load anew a model that was loaded with `loaded`; both as
 * {@link readLoadOptions} says them. A run without `num_gpu` takes what is there (corpus: experiments/reloads,
 * where `num_gpu` alone does not reload on the way back).
 */
export function needsReload(loaded: string, asked: string): boolean {
  return loaded !== asked && without(loaded, NUM_GPU) !== asked
}

/** Whether a text of {@link readLoadOptions} names an option. */
export function names(loadOptions: string, name: string): boolean {
  return loadOptions.split(' ').some((option) => option.startsWith(`${name}=`))
}

function without(loadOptions: string, name: string): string {
  const kept = loadOptions.split(' ').filter((option) => !option.startsWith(`${name}=`))
  return kept.join(' ')
}

/** Ollama cuts a fraction off before it uses an integer option (corpus 147). */
function readWhole(document: Document, name: string): string | undefined {
  return readWholeUnless(document, name, () => false)
}

function readWholeUnless(
  document: Document,
  name: string,
  isOpen: (value: number) => boolean,
): string | undefined {
  const sent = readOption(document, name)
  if (typeof sent !== 'number') return undefined
  const value = Math.trunc(sent)
  return isOpen(value) ? undefined : String(value)
}

function readTruth(document: Document, name: string): string | undefined {
  const member = document.options?.get(name)
  const isTruth = member?.type === 'true' || member?.type === 'false'
  return isTruth ? readLexeme(document, member) : undefined
}

/** A field of the body, on the routes that generate; true is what Ollama does anyway (deepseek2 apart). */
function readShift({ dialect, members }: Document, name: string): string | undefined {
  const isOff = dialect?.fields.has(name) && members.get(name)?.type === 'false'
  return isOff ? 'false' : undefined
}
