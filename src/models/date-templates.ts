/** The functions of templates that read the date (Ollama's template.go; strftime_now of GGUF templates). */
const DATE_READERS = /currentDate|yesterdayDate|strftime_now/

/** A quarter of an hour, in ms: time zones differ by multiples of it. */
const QUARTER_HOUR_MS = 15 * 60 * 1000

/** Where the origin runs, seen from here. */
export type OriginPlace = 'this-machine' | 'elsewhere'

/** Asks for the body of `POST /api/show`. */
export type AskShow = (name: string) => Promise<{ status: number; body: Buffer }>

/** Knows of each digest whether its template reads the date. */
export interface DateTemplates {
  /** Whether the digest has been looked into. */
  isKnown(digest: string): boolean
  /** Looks into a model; afterwards its digest is known, unless the origin did not answer. */
  learn(name: string, digest: string): Promise<void>
  /** Takes over what was found out elsewhere: digests say what is in a template. */
  adopt(known: Readonly<Record<string, boolean>>): void
  /** Whether its template reads the date. */
  isDated(digest: string): boolean
  /** What joins the key: empty unless the template reads the date. */
  stampFor(digest: string, originNow: number): string
  /** Digests and what is known of them, to be kept. */
  toJSON(): Record<string, boolean>
}

/**
 * Identical bodies mean different prompts on different days where the template reads the date. On this
 * machine the origin's day is ours; elsewhere its time zone is unknown, and only a quarter of an hour is
 * sure to lie within one day of every zone.
 */
export function createDateTemplates(
  ask: AskShow,
  place: OriginPlace,
  known: Readonly<Record<string, boolean>>,
): DateTemplates {
  const readsDate = new Map(Object.entries(known))
  return {
    isKnown: (digest) => readsDate.has(digest),
    isDated: (digest) => readsDate.get(digest) === true,
    async learn(name, digest) {
      const reply = await ask(name)
      // A model that cannot be shown any more is not the one that was listed: nothing is learnt of it.
      if (reply.status === 200) readsDate.set(digest, DATE_READERS.test(reply.body.toString()))
    },
    adopt(known) {
      for (const [digest, reads] of Object.entries(known)) readsDate.set(digest, reads)
    },
    stampFor(digest, originNow) {
      if (readsDate.get(digest) !== true) return ''
      if (place === 'this-machine') return toLocalDay(originNow)
      return String(Math.floor(originNow / QUARTER_HOUR_MS))
    },
    toJSON: () => Object.fromEntries(readsDate),
  }
}

function toLocalDay(instant: number): string {
  const date = new Date(instant)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].join('-')
}
