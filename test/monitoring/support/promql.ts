/** A metric that an expression names, and the labels it picks series by. */
export interface Selector {
  readonly name: string
  readonly labels: readonly string[]
}

/** What an expression asks for. */
export interface Reading {
  readonly selectors: readonly Selector[]
  /** Labels of `by`, `without`, `on`, `ignoring` and their like. */
  readonly grouped: readonly string[]
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring'])

/** Reads an expression as far as its names go; whether it is one at all is for promtool to say. */
export function readExpression(expression: string): Reading {
  const grouped = [...expression.matchAll(GROUPING)].flatMap(([, list]) => toNames(list ?? ''))
  const bare = expression
    .replace(GROUPING, ' ')
    .replace(STRING, '""')
    .replace(/\[[^\]]*\]/g, ' ')
  const named = bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\(|)/g)
  const selectors = [...named].flatMap(([, name = '', rest = '']): Selector[] => {
    if (rest === '(' || WORDS.has(name)) return []
    const labels = [...rest.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label ?? '')
    return [{ name, labels }]
  })
  return { selectors, grouped }
}

function toNames(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
