import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { ROOT, readText } from './support/context.ts'
import { readFences } from './support/fences.ts'

const PAGES = readdirSync(join(ROOT, 'docs/clients')).map((name) => `docs/clients/${name}`)
const all = [...PAGES, 'docs/install.md']

/** Blocks that run here: those in JavaScript, and those that only call curl. */
const runnable = PAGES.flatMap((page) =>
  readFences(readText(page))
    .filter(({ language, code }) => language === 'js' || isCurl(language, code))
    .map(({ language, code }, i) => ({ page, language, code, name: `${page} ${i + 1}` })),
)

function isCurl(language: string, code: string): boolean {
  return language === 'sh' && /^(curl|#.*\ncurl) /.test(code)
}

describe('the pages for clients', () => {
  let origin: SimulatedOrigin
  let reprise: TestServer

  beforeAll(async () => {
    origin = await startOrigin()
    reprise = await startReprise({ upstream: origin.url })
  })

  afterAll(async () => {
    await reprise.close()
    await origin.close()
  })

  /** Runs a block as a reader would, but against this server and the model it has. */
  async function run(language: string, code: string): Promise<string> {
    const own = code.replaceAll('127.0.0.1:11435', `127.0.0.1:${reprise.port}`)
    const named = own.replaceAll('llama3.2', 'tiny')
    const [program, args] =
      language === 'js'
        ? [process.execPath, ['--input-type=module', '--eval', named]]
        : ['sh', ['-ec', named]]
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, complaint, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ])
    expect([status, output.includes('"error"')], complaint + output).toEqual([0, false])
    return output + complaint
  }

  it('show blocks that can be run, in JavaScript and for curl', () => {
    expect(runnable.filter(({ language }) => language === 'js').length).toBeGreaterThanOrEqual(3)
    expect(runnable.filter(({ language }) => language === 'sh').length).toBeGreaterThanOrEqual(4)
  })

  it.each(runnable)(
    '$name runs as it stands, and asks the model nothing new the second time',
    async ({ language, code }) => {
      await run(language, code)
      const before = origin.calls().length
      await run(language, code)
      const asksAnew = code.match(/no-cache|no-store/g)?.length ?? 0
      expect(origin.calls().length - before).toBe(asksAnew)
    },
  )

  it('say HIT where they promise it', async () => {
    const [curl] = readFences(readText('docs/clients/curl.md'))
    const [openai] = readFences(readText('docs/clients/openai-javascript.md'))
    expect(await run('sh', curl?.code ?? '')).toContain('X-Cache: HIT')
    expect(await run('js', openai?.code ?? '')).toMatch(/HIT$/m)
  })
})

describe('every page of set-up', () => {
  it.each(all)('%s links to files that are there', (page) => {
    const links = [...readText(page).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(
      ([, link = '']) => link,
    )
    const missing = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))
    expect(missing).toEqual([])
  })

  it('is named in the index of clients, and names the port of Reprise', () => {
    const index = readText('docs/clients/README.md')
    for (const page of PAGES.filter((path) => !path.endsWith('README.md'))) {
      expect(index).toContain(`(${page.split('/').at(-1)})`)
      expect([page, /127\.0\.0\.1:1143[56]/.test(readText(page))]).toEqual([page, true])
    }
  })
})
