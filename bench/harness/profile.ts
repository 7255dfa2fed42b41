import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './servers.ts'

/** What of a V8 profile is read: the tree, and which node each sample fell on. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
}

const TOP = 20

/** Where the processor time of the busiest thread went, by place: share of the samples that were not idle. */
export function toTopFunctions(folder: string): string[] {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => count(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile))
  const [busiest] = profiles.sort((one, other) => other.total - one.total)
  if (busiest === undefined) return []
  const sorted = [...busiest.places].sort(([, one], [, other]) => other - one).slice(0, TOP)
  return sorted.map(
    ([place, samples]) => `${((samples / busiest.total) * 100).toFixed(1).padStart(5)} %  ${place}`,
  )
}

function count({ nodes, samples }: Profile) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, toPlace(callFrame)]))
  const places = new Map<string, number>()
  let total = 0
  for (const sample of samples) {
    const place = names.get(sample) ?? ''
    if (place.startsWith('(idle)') || place.startsWith('(program)')) continue
    total += 1
    places.set(place, (places.get(place) ?? 0) + 1)
  }
  return { places, total }
}

/** Our own functions one by one; packages and Node as a whole each, the collector as itself. */
function toPlace({ functionName, url }: { functionName: string; url: string }): string {
  const own = url.split(join(ROOT, 'dist/'))[1]
  if (own !== undefined)
    return `src/${own.replace(/\.js$/, '.ts')} ${functionName || '(anonymous)'}`
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (name !== undefined) return `package ${name}`
  return url.startsWith('node:') ? url : functionName
}
