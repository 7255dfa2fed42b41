import { exchange } from '../../support/raw-client.ts'

/** One line of what Prometheus scrapes. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Everything a server has to scrape. */
export async function scrape(port: number): Promise<Sample[]> {
  const { body } = await exchange(port, { path: '/metrics' })
  return body
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(toSample)
}

function toSample(line: string): Sample {
  const [, name = '', , inner = '', value = ''] = /^(\w+)(\{(.*)\})? (\S+)$/.exec(line) ?? []
  const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [
    key,
    text,
  ])
  return {
    name,
    labels: Object.fromEntries(labels) as Record<string, string>,
    value: Number(value),
  }
}

/** The sum of all samples of a name that have these labels. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))
    .reduce((total, { value }) => total + value, 0)
}

/** How often each word comes, by word in order. */
export function tallyOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
