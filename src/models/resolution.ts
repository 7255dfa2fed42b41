/** A model of the origin, and what of it goes into a key. */
export interface KnownModel {
  readonly kind: 'known'
  /** The name as the origin lists it. */
  readonly name: string
  readonly digest: string
  /** The origin's version. */
  readonly version: string
  /** Empty unless the model's template reads the date. */
  readonly dateStamp: string
}

/** What a name stands for. */
export type Resolution =
  | KnownModel
  /** It runs somewhere else. */
  | { readonly kind: 'remote' }
  /** Two different models match it. */
  | { readonly kind: 'ambiguous' }
  /** The origin does not have it. */
  | { readonly kind: 'unknown' }
  /** No table that is young enough. */
  | { readonly kind: 'unavailable' }
