import { deleteLeftModels, listModels, OLLAMA, OLLAMA_CLI } from './ollama.ts'

const NEEDED = ['tiny', 'tiny-long', 'tiny-tools', 'tiny-think', 'tiny-fim']

/** Says once what will be tested; stops before the first test where that cannot be. */
export async function setup(): Promise<void> {
  if (OLLAMA === undefined) {
    console.log('conformance: skipped, REPRISE_TEST_OLLAMA is not set (as http://127.0.0.1:11434)')
    return
  }
  if (!/^http:\/\/(127\.0\.0\.1|localhost):\d+$/.test(OLLAMA)) {
    throw new Error(`REPRISE_TEST_OLLAMA must be on this machine, with its port: ${OLLAMA}`)
  }
  const models = await listModels()
  const missing = NEEDED.filter((name) => !models.includes(`${name}:latest`))
  if (missing.length > 0) throw new Error(`${OLLAMA} has no ${missing.join(', ')}`)
  if (OLLAMA_CLI === undefined) {
    console.log('conformance: REPRISE_TEST_OLLAMA_CLI is not set, the command is not tested')
  }
}

/** Leaves no model of an interrupted run behind. */
export async function teardown(): Promise<void> {
  if (OLLAMA !== undefined) await deleteLeftModels()
}
