import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../', import.meta.url).pathname
const SRC = join(ROOT, 'src')

interface Source {
  /** Below `src`, as `proxy/handle.ts`. */
  readonly path: string
  readonly text: string
  /** What it imports, below `src` where it is ours, else the package. */
  readonly imports: readonly string[]
}

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8')
    const found = [...text.matchAll(/from '([^']+)'|^import '([^']+)'/gm)].map(
      ([, a, b]) => a ?? b ?? '',
    )
    const imports = found.map((name) =>
      name.startsWith('.') ? relative(SRC, join(SRC, path, '..', name)) : name,
    )
    return { path, text, imports }
  })

const LAYER_0 = ['http/', 'ollama/', 'errors.ts', 'outcome.ts']
const ROOTS = [
  'answering.ts',
  'app.ts',
  'compose.ts',
  'drain.ts',
  'entrance.ts',
  'front.ts',
  'heap.ts',
  'main.ts',
  'observing.ts',
  'policies.ts',
  'random.ts',
  'server.ts',
  'statistics.ts',
  'stores.ts',
  'traffic.ts',
  'probes.ts',
  'steering.ts',
]

/** Everything that stands in `src`. */
const EVERYTHING = sources.map(({ path }) => path)

/** What each place may import of ours. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'http/': LAYER_0,
  'ollama/': LAYER_0,
  'errors.ts': [],
  'outcome.ts': LAYER_0,
  'clock.ts': [],
  'cohorts.ts': ['clock.ts'],
  'passing-map.ts': [],
  'version.ts': [],
  'json-schema.ts': [],
  'log.ts': [...LAYER_0, 'log-line.ts', 'metrics/observation.ts', 'metrics/observed-group.ts'],
  'log-line.ts': [
    'metrics/hundredths.ts',
    'metrics/observation.ts',
    'metrics/observed-group.ts',
    'metrics/stages.ts',
    'metrics/told.ts',
  ],
  'demo-origin.ts': [...LAYER_0, 'clock.ts'],
  'store/': [...LAYER_0, 'clock.ts', 'passing-map.ts'],
  'models/': [...LAYER_0, 'clock.ts'],
  'upstream/': [...LAYER_0, 'clock.ts', 'cohorts.ts'],
  'metrics/': [...LAYER_0, 'clock.ts', 'json-schema.ts'],
  'config/': [...LAYER_0, 'json-schema.ts'],
  'proxy/': [
    ...LAYER_0,
    'clock.ts',
    'cohorts.ts',
    'passing-map.ts',
    'store/',
    'models/',
    'upstream/',
    'metrics/',
  ],
  'admin/': [...LAYER_0, 'clock.ts', 'json-schema.ts', 'store/', 'models/', 'metrics/'],
  'cli/': [
    ...LAYER_0,
    'clock.ts',
    'config/',
    'json-schema.ts',
    'metrics/latency.ts',
    'log.ts',
    'version.ts',
    'demo-origin.ts',
    'admin/',
  ],
  // A second root: the composition of a process that only gives known answers.
  'workers/': EVERYTHING,
}

const placeOf = (path: string): string => (path.includes('/') ? `${path.split('/')[0]}/` : path)

const isIn = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

const isOurs = (name: string): boolean => name.endsWith('.ts')

describe('the layers', () => {
  it('import only what their row of the table allows', () => {
    const breaches = sources.flatMap(({ path, imports }) => {
      if (ROOTS.includes(path)) return []
      const place = placeOf(path)
      const allowed = [place, ...(MAY_IMPORT[place] ?? [])]
      return imports
        .filter((name) => isOurs(name) && !isIn(name, allowed))
        .map((name) => `${path} -> ${name}`)
    })
    expect(breaches).toEqual([])
  })

  it('know every place: nothing stands outside the table', () => {
    const known = [...Object.keys(MAY_IMPORT), ...ROOTS]
    expect(
      sources.map(({ path }) => placeOf(path)).filter((place) => !known.includes(place)),
    ).toEqual([])
  })

  it('keep steps from importing steps: only those who walk them do', () => {
    const steps = sources.filter(({ text }) => /export function create\w+Step\(/.test(text))
    expect(steps.length).toBeGreaterThanOrEqual(8)
    const names = steps.map(({ path }) => path)
    const breaches = steps.flatMap(({ path, imports }) =>
      imports.filter((name) => names.includes(name)).map((name) => `${path} -> ${name}`),
    )
    expect(breaches).toEqual([])
  })

  it('keep Fastify to the root, the edge and the steps that touch the wire', () => {
    const users = sources.filter(({ imports }) => imports.some((name) => /fastify/.test(name)))
    const allowed = [
      'admin/',
      'app.ts',
      'server.ts',
      'front.ts',
      'proxy/exchange.ts',
      'proxy/handle.ts',
    ]
    expect(users.map(({ path }) => path).filter((path) => !isIn(path, allowed))).toEqual([])
  })
})

describe('what only one file may touch', () => {
  const usersOf = (pattern: RegExp): string[] =>
    sources.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path)

  it.each([
    [
      'time',
      /\bDate\.now\(|\bperformance\.now\(|\bset(Timeout|Interval|Immediate)\(/,
      ['clock.ts'],
    ],
    ['the environment', /\bprocess\.env\b/, ['config/load.ts']],
    ['chance', /\bMath\.random\(/, []],
    ['undeclared errors', /throw new (Type|Range)?Error\(/, []],
    ['the console', /\bconsole\./, []],
    ['any', /(: any\b|\bas any\b|<any>)/, []],
  ])('%s', (_what, pattern, allowed) => {
    expect(usersOf(pattern).filter((path) => !(allowed as string[]).includes(path))).toEqual([])
  })

  it('SQL stands in the store', () => {
    const users = usersOf(/`?(SELECT|INSERT INTO|DELETE FROM|UPDATE|CREATE TABLE|PRAGMA) /)
    expect(users.filter((path) => !path.startsWith('store/'))).toEqual([])
  })

  it('names of tables, metrics and headers stand once', () => {
    const all = sources.map(({ text }) => withoutComments(text)).join('\n')
    const declared = sources.filter(({ path }) => path.startsWith('metrics/'))
    const metrics = declared.flatMap(({ text }) =>
      [...text.matchAll(/'(reprise_\w+)'/g)].map(([, name]) => name ?? ''),
    )
    const headers = readFileSync(join(SRC, 'http/headers.ts'), 'utf8')
    const names = [...headers.matchAll(/^ {2}\w+: '([\w-]+)',$/gm)].map(([, name]) => name ?? '')
    expect(metrics.length).toBeGreaterThan(30)
    expect(names.length).toBeGreaterThan(5)
    for (const name of [...metrics, ...names])
      expect([name, all.split(`'${name}'`).length - 1]).toEqual([name, 1])
  })
})

describe('what is made for each request', () => {
  it('has no getter in an object literal, which V8 holds until the whole heap is gone through', () => {
    // A member of a class stands two places in; one of a literal stands further.
    const ofRequests = sources.filter(({ path }) => /^(http|ollama|proxy|upstream\/run)/.test(path))
    expect(ofRequests.length).toBeGreaterThan(100)
    const literal = /^ {4,}get \w+\(\)/m
    expect(ofRequests.filter(({ text }) => literal.test(text)).map(({ path }) => path)).toEqual([])
  })
})

describe('the budgets', () => {
  const lines = sources.map(({ path, text }) => [path, text.split('\n').length - 1] as const)

  it('no file has more than 250 lines, and half have at most 100', () => {
    expect(lines.filter(([, count]) => count > 250)).toEqual([])
    const sorted = lines.map(([, count]) => count).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(100)
  })

  it('at most twelve packages are needed to run, each with its line in ARCHITECTURE.md', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const names = Object.keys(manifest.dependencies)
    const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    expect(names.length).toBeLessThanOrEqual(12)
    expect(names.filter((name) => !page.includes(name))).toEqual([])
  })

  it('every file of src is on the map of ARCHITECTURE.md', () => {
    const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    const missing = sources
      .map(({ path }) => path.replace(/\.ts$/, '').split('/').pop() ?? '')
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(page))
    expect(missing).toEqual([])
  })

  it('every exported item has a doc comment', () => {
    const bare = sources.flatMap(({ path, text }) => {
      const rows = text.split('\n')
      return rows.flatMap((row, i) => {
        const isExport = /^export (async )?(function|interface|type|const|class)/.test(row)
        const before = rows[i - 1]?.trim() ?? ''
        return isExport && !before.endsWith('*/') ? [`${path}:${i + 1} ${row}`] : []
      })
    })
    expect(bare).toEqual([])
  })

  it('no name says nothing', () => {
    const bad = /(^|\/)(index|utils?|helpers?|common|types|constants|manager|service|base)\.ts$/
    expect(sources.map(({ path }) => path).filter((path) => bad.test(path))).toEqual([])
  })
})

describe('the generated pages', () => {
  it('are what the code would write', () => {
    // Runs on the build, which `npm test` has brought up to date.
    const run = () =>
      execFileSync(process.execPath, [join(ROOT, 'scripts/generate-docs.mjs'), '--check'], {
        stdio: 'pipe',
      })
    expect(run).not.toThrow()
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
