/** What one check of `doctor` found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string
  /** `fault` is what has to be mended; `warning` what may be meant so. */
  readonly state: 'ok' | 'warning' | 'fault'
  readonly says: string
  /** What to do about it; empty where nothing is to be done. */
  readonly advice: string
}

/** All is well. */
export const fine = (check: string, says: string): Finding => ({
  check,
  state: 'ok',
  says,
  advice: '',
})

/** Something that a person should know. */
export const warn = (check: string, says: string, advice: string): Finding => ({
  check,
  state: 'warning',
  says,
  advice,
})

/** Something that has to be mended. */
export const fault = (check: string, says: string, advice: string): Finding => ({
  check,
  state: 'fault',
  says,
  advice,
})
