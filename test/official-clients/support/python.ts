import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { neutralise } from './told.ts'

/** A script for a client of Python, and the package it needs. */
export interface PythonUse {
  readonly name: 'ollama' | 'openai'
  /** Its file in the folder `python`. */
  readonly script: string
}

/** Both clients, as they are on PyPI. */
export const PYTHON_USES: readonly PythonUse[] = [
  { name: 'ollama', script: 'ollama_client.py' },
  { name: 'openai', script: 'openai_client.py' },
]

/** What a script says of all it did. */
export interface Told {
  /** How many of the answers may be kept. */
  readonly kept: number
  /** What the program was given, by what it did; ids, times and durations made alike. */
  readonly told: unknown
}

/** Whether Python has the package: without it its tests are left out, with a line. */
export function hasPackage(name: string): boolean {
  const { status } = spawnSync('python3', ['-c', `import ${name}`])
  if (status !== 0) console.log(`skipped: python3 has no package ${name}`)
  return status === 0
}

const FOLDER = new URL('../python/', import.meta.url).pathname

const start = (script: string, url: string, mode: 'all' | 'leave') =>
  promisify(execFile)('python3', [`${FOLDER}${script}`, url, mode], { maxBuffer: 1e8 })

/** Does everything once against a server. */
export async function runScript(script: string, url: string): Promise<Told> {
  const { stdout } = await start(script, url, 'all')
  return neutralise(JSON.parse(stdout)) as Told
}

/** Asks for a stream and leaves after its first piece. */
export async function leaveScript(script: string, url: string): Promise<void> {
  await start(script, url, 'leave')
}
