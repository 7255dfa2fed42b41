/** How many names of models a metric may have; the rest are `other`. */
const MAX_LABELS = 50

/** Names of models as metric labels. */
export interface Labels {
  /** The listed name, or `other` where the name is not of the origin's or there are too many. */
  toLabel(listedName: string | undefined): string
}

/** Labels are bounded: only names that the origin listed, at most 50 in the life of the process. */
export function createLabels(): Labels {
  const given = new Set<string>()
  return {
    toLabel(listedName) {
      if (listedName === undefined) return 'other'
      if (given.has(listedName)) return listedName
      if (given.size >= MAX_LABELS) return 'other'
      given.add(listedName)
      return listedName
    },
  }
}
