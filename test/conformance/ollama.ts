import { describe } from 'vitest'
import { postJson, type RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

/** Where the real Ollama listens; undefined where there is none to test with. */
export const OLLAMA = process.env.REPRISE_TEST_OLLAMA?.replace(/\/$/, '')

/** The official command; undefined where it is not to be tested. */
export const OLLAMA_CLI = process.env.REPRISE_TEST_OLLAMA_CLI

/** Its port on 127.0.0.1, which is the only address these tests connect to. */
export const ollamaPort = Number(new URL(OLLAMA ?? 'http://127.0.0.1:11434').port)

/** A group of tests that needs the real Ollama, and is skipped without. */
export const describeOllama = describe.skipIf(OLLAMA === undefined)

const MADE_HERE = /^reprise-conformance-(\d+)-/

/** Models made by this process of tests begin with this, and are deleted after each file. */
export const OWN = `reprise-conformance-${process.pid}-`

/** Threads of every injected run: another number than the machine has cores would be slow. */
export const NUM_THREAD = Number(process.env.REPRISE_TEST_NUM_THREAD ?? 2)

/** Reprise in front of it: nothing is put into requests unless said. */
export function startInFront(flags: Record<string, unknown> = {}): Promise<TestServer> {
  const upstream = OLLAMA ?? ''
  return startReprise({ upstream, flags: { 'inject.enabled': false, ...flags } })
}

/** Reprise as it is used: parameters are put in. */
export function startInjecting(): Promise<TestServer> {
  return startInFront({ 'inject.enabled': true, 'inject.numThread.value': NUM_THREAD })
}

/** Asks the real Ollama itself. */
export function askDirectly(path: string, body: unknown): Promise<RawAnswer> {
  return postJson(ollamaPort, path, body)
}

/** Makes a model of another directly; answers are greedy and short whatever the request says. */
export async function makeModel(name: string, from: string, more: object = {}): Promise<string> {
  const parameters = { temperature: 0, num_predict: 12 }
  const model = `${OWN}${name}`
  const made = await askDirectly('/api/create', {
    model,
    from,
    parameters,
    stream: false,
    ...more,
  })
  if (made.status !== 200) throw new Error(`${model} was not made: ${made.body.toString()}`)
  return model
}

/** The names of the models that are there. */
export async function listModels(): Promise<string[]> {
  const answer = await fetch(`${OLLAMA}/api/tags`)
  const { models } = (await answer.json()) as { models: { name: string }[] }
  return models.map(({ name }) => name)
}

/** Deletes the models of this process. */
export function deleteOwnModels(): Promise<void> {
  return deleteModels((name) => name.startsWith(OWN))
}

/** Deletes the models of runs that did not come to their end, and of no other. */
export function deleteLeftModels(): Promise<void> {
  return deleteModels((name) => {
    const [, pid] = MADE_HERE.exec(name) ?? []
    return pid !== undefined && !isRunning(Number(pid))
  })
}

async function deleteModels(isMeant: (name: string) => boolean): Promise<void> {
  for (const model of (await listModels()).filter(isMeant)) {
    await fetch(`${OLLAMA}/api/delete`, { method: 'DELETE', body: JSON.stringify({ model }) })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
