import type { Config } from './config/config.ts'
import { toForm } from './ollama/openai-values.ts'
import type { Policy } from './ollama/question.ts'

/**
 * How bodies are read: the rules of a profile, or the common ones without a name; undefined for an unknown
 * profile. `readVersion` gives the origin's version: what is translated depends on it.
 */
export function createPolicies(
  config: Config,
  readVersion: () => string | undefined,
): (profile: string | undefined) => Policy | undefined {
  const { injection, sampling, profiles } = config
  const { variants } = config.cache
  const translation = () => (config.dialects.translate ? toForm(readVersion()) : undefined)
  return (name) => {
    const common: Policy = { injection, sampling, variants, translation: translation() }
    if (name === undefined) return common
    const rules = profiles.get(name)
    return rules && { ...common, injection: injection && rules }
  }
}
