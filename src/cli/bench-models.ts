import { RepriseError } from '../errors.ts'
import type { ServerClient } from './server-client.ts'

/** What `/api/tags` says of a model, as far as choosing one goes. */
interface TaggedModel {
  readonly name: string
  readonly size: number
  readonly remote_host?: string
  readonly details?: { readonly family?: string }
}

/** Families that have embeddings and nothing to say. */
const EMBEDDING_FAMILY = /bert/i

/** Names of the models that are here and can answer, the smallest first. Rejects where there are none. */
export async function listBySize(client: Pick<ServerClient, 'get'>): Promise<readonly string[]> {
  const { models } = (await client.get('/api/tags')) as { models?: unknown }
  const names = (Array.isArray(models) ? models : [])
    .filter(isTagged)
    .filter(({ remote_host: host, details }) => {
      return host === undefined && !EMBEDDING_FAMILY.test(details?.family ?? '')
    })
    .sort((one, other) => one.size - other.size)
    .map(({ name }) => name)
  if (names.length > 0) return names
  throw new RepriseError('command-failed', 'Ollama has no model to ask; get one with "ollama pull"')
}

function isTagged(value: unknown): value is TaggedModel {
  const model = value as Partial<TaggedModel> | null
  return typeof model?.name === 'string' && typeof model.size === 'number'
}
