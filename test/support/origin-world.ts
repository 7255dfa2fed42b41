import { createHash } from 'node:crypto'

/** What a model can do; Ollama reads it off the template and the file. */
export type Capability = 'completion' | 'embedding' | 'tools' | 'thinking' | 'insert' | 'vision'

/** The state of the simulated Ollama that answers depend on. */
export interface World {
  version: string
  readonly models: Map<string, SimulatedModel>
  /** Digests of the blobs it has, as `sha256:…`. */
  readonly blobs: Set<string>
  /** Web origins it allows besides its own list (`OLLAMA_ORIGINS`). */
  readonly origins: Set<string>
}

/** One model that it has. */
export interface SimulatedModel {
  digest: string
  template: string
  remoteHost?: string
  /** What it can do; undefined allows everything and refuses nothing. */
  capabilities?: readonly Capability[]
  /** Writes the vector of a text as JSON, in place of one of its own; undefined where it refuses the text. */
  writeVector?: (text: string) => string | undefined
  /** Whether a request has brought it into memory. */
  isLoaded?: boolean
}

/** A model whose digest is the hash of a text. */
export function toModel(seed: string): SimulatedModel {
  const digest = createHash('sha256').update(seed).digest('hex')
  return { digest, template: '{{ .Prompt }}' }
}

/** The name under which a model is kept: lower-case, with its tag, without the default registry. */
export function toFullName(name: string): string {
  const plain = name.toLowerCase().replace(/^https?:\/\//, '')
  const short = plain.replace(/^(registry\.ollama\.ai\/)?library\//, '')
  return /:[^/]*$/.test(short) ? short : `${short}:latest`
}

/** Names match without case; the default tag is `latest`. */
export function findModel(world: World, name: string): SimulatedModel | undefined {
  return world.models.get(toFullName(name))
}

/** Whether a model can do something; one without a list can do everything. */
export function isCapable(model: SimulatedModel, capability: Capability): boolean {
  return model.capabilities?.includes(capability) ?? true
}
