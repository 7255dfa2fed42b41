import type { Question } from './load.ts'
import type { Coming, WireClient } from './wire-client.ts'

/** Asks and waits for the end. */
export async function ask(client: WireClient, question: Question): Promise<Coming> {
  const coming = client.ask(question)
  await coming.over
  return coming
}

/** Asks one after the other. */
export async function askAll(
  client: WireClient,
  questions: readonly Question[],
): Promise<Coming[]> {
  const comings: Coming[] = []
  for (const question of questions) comings.push(await ask(client, question))
  return comings
}
