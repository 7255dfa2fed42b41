import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { listContext, readIgnore, readText } from './support/context.ts'
import { readExecForm, readStages, readVariables, textsOf } from './support/dockerfile.ts'

const stages = readStages(readText('Dockerfile'))
const build = stages[0]!
const final = stages.at(-1)!
const context = listContext()
const manifest = JSON.parse(readText('package.json')) as {
  version: string
  engines: { node: string }
}

describe('the Dockerfile', () => {
  it('builds in one stage, and runs in another that has neither shell nor package manager', () => {
    expect(stages.length).toBe(2)
    expect(final.image).toMatch(/^gcr\.io\/distroless\//)
    expect(textsOf(final, 'RUN')).toEqual([])
  })

  it('takes its Node from the stage that compiled the addon, in a version that may run Reprise', () => {
    expect(Number(/^node:(\d+)/.exec(build.image)?.[1])).toBeGreaterThanOrEqual(20)
    expect(manifest.engines.node).toMatch(/^>=20\./)
    expect(textsOf(final, 'COPY')).toContain('--from=build /usr/local/bin/node /usr/local/bin/node')
    // Both are Debian 12: the addon finds the C library it was linked with.
    expect([build.image, final.image].map((image) => /bookworm|debian12/.test(image))).toEqual([
      true,
      true,
    ])
  })

  it('copies only what is there, and what .dockerignore lets through', () => {
    const sources = stages
      .flatMap((stage) => textsOf(stage, 'COPY'))
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(/\s+/).slice(0, -1))
    expect(sources.length).toBeGreaterThan(4)
    for (const source of sources) {
      const name = source.replace(/^\.\//, '')
      expect([name, context.some((path) => path === name || path.startsWith(`${name}/`))]).toEqual([
        name,
        true,
      ])
    }
  })

  it('installs from the lockfile, and lets no package run a script but the SQLite addon', () => {
    const runs = textsOf(build, 'RUN').flatMap((text) => text.split(' && '))
    const installs = runs.filter((run) => /^npm (ci|install|prune|rebuild)/.test(run.trim()))
    expect(installs.map((run) => run.trim().split(' ').slice(0, 2).join(' '))).toEqual([
      'npm ci',
      'npm rebuild',
      'npm prune',
    ])
    expect(installs.every((run) => /--ignore-scripts|rebuild better-sqlite3$/.test(run))).toBe(true)
  })

  it('runs as a user that is not root, and owns nothing but the volume', () => {
    expect(textsOf(final, 'USER')).toEqual(['65532:65532'])
    expect(textsOf(final, 'VOLUME').flatMap(readExecForm)).toEqual(['/data'])
    const owned = textsOf(final, 'COPY').filter((text) => text.includes('--chown'))
    expect(owned).toEqual(['--from=build --chown=65532:65532 /app/data /data'])
  })

  it('starts, is asked for its health and is stopped without a shell', () => {
    const [entry = '', health = '', command = ''] = ['ENTRYPOINT', 'HEALTHCHECK', 'CMD'].map(
      (name) => textsOf(final, name)[0],
    )
    const program = ['/usr/local/bin/node', '/app/dist/main.js']
    expect([...readExecForm(entry), ...readExecForm(command)]).toEqual([...program, 'serve'])
    expect(readExecForm(health.slice(health.indexOf('CMD'))).slice(0, 2)).toEqual(program)
    expect(textsOf(final, 'STOPSIGNAL')).toEqual(['SIGTERM'])
  })

  it('sets what a container needs to be reached, and keeps its data in the volume', () => {
    const config = loadConfig({ flags: {}, environment: readVariables(final) })
    expect(config.listen).toEqual({ host: '0.0.0.0', port: 11435 })
    expect(config.dataDir).toBe('/data')
    expect(textsOf(final, 'EXPOSE')).toEqual(['11435'])
  })

  it('says what it is in the words of the OCI, with the version of the package', () => {
    const labels = textsOf(final, 'LABEL').join(' ')
    for (const name of ['title', 'description', 'licenses', 'version', 'revision', 'base.name']) {
      expect(labels).toContain(`org.opencontainers.image.${name}=`)
    }
    expect(labels).toContain(`base.name="${final.image}"`)
    expect(textsOf(final, 'ARG')).toContain(`REPRISE_VERSION=${manifest.version}`)
  })
})

describe('.dockerignore', () => {
  it('sends the sources, and neither data nor credentials nor what was built elsewhere', () => {
    const isSent = readIgnore(readText('.dockerignore'))
    expect(['package-lock.json', 'src/main.ts', 'src/proxy/handle.ts'].every(isSent)).toBe(true)
    const secret = [
      '.env',
      '.git/config',
      'node_modules/x/y.js',
      'dist/main.js',
      'cache.v1.db',
      'test/a.ts',
    ]
    expect(secret.filter(isSent)).toEqual([])
    expect(
      context.filter(
        (path) => !/^(src\/|package|tsconfig|LICENSE|scripts\/bundle-json-schema)/.test(path),
      ),
    ).toEqual([])
  })
})
