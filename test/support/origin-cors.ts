import { findCase } from './corpus.ts'
import { type Plan, toBodyPlan } from './origin-plan.ts'
import type { World } from './origin-world.ts'

/** Ollama's own list: local pages on any port, and desktop shells (corpus 032–044). */
const LOCAL =
  /^(https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?|(app|file|tauri|vscode-webview|vscode-file):\/\/.*)$/

/** Answer to a request that names a web origin: a preflight's, a refusal, or undefined to go on. */
export function answerOrigin(world: World, method: string, origin: string): Plan | undefined {
  const isAllowed = LOCAL.test(origin) || world.origins.has(origin)
  if (!isAllowed) return { ...toBodyPlan(403, undefined, Buffer.alloc(0)), headers: [] }
  if (method !== 'OPTIONS') return undefined
  const recorded = findCase('032').response.headers
  const headers = recorded
    .filter(([name]) => /^(access-control-|vary)/i.test(name))
    .map(([name, value]) => [name, name.endsWith('Origin') ? origin : value] as const)
  return { ...toBodyPlan(204, undefined, Buffer.alloc(0)), headers, pieces: [] }
}

/** The headers of an answer to an allowed web origin. */
export function withOrigin(plan: Plan, origin: string): Plan {
  const allow = ['Access-Control-Allow-Origin', origin] as const
  return { ...plan, headers: [allow, ...plan.headers, ['Vary', 'Origin']] }
}
