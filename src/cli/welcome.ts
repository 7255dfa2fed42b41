import { loadConfig, processEnvironment } from '../config/load.ts'
import { VERSION } from '../version.ts'
import { toUrl } from './server-client.ts'

/** What `reprise` alone says: what it is, the two commands, and what to do next. */
export function toWelcome(): string {
  const { url, upstream } = findAddresses()
  const address = url.replace('http://', '')
  const commands: readonly (readonly [string, string])[] = [
    ['reprise stats --watch', 'what it saved, as it saves it'],
    ['reprise top', 'requests as they end'],
    ['reprise models', 'what is kept of each model'],
    ['reprise bench', 'how much faster the second time is, measured here'],
    ['reprise doctor', 'what is wrong, and what to do about it'],
    ['reprise demo', 'try it without an Ollama'],
    ['reprise --help', 'all commands; with a command, its options and examples'],
  ]
  return [
    `reprise ${VERSION}: a caching reverse proxy for Ollama.`,
    'The second time a question is asked, the answer comes from the cache.',
    '',
    `  1. reprise serve         in front of ${upstream}`,
    `  2. OLLAMA_HOST=${address} ollama run llama3.2   nothing else changes`,
    '',
    'Then',
    ...commands.map(([command, what]) => `  ${command.padEnd(24)}${what}`),
    `  ${`${url}/reprise/`}  the same in a browser`,
  ].join('\n')
}

/** As they are set here; a configuration with faults is no reason not to explain anything. */
function findAddresses(): { url: string; upstream: string } {
  try {
    const flags = { allowRemote: true }
    const config = loadConfig({ flags, environment: processEnvironment })
    return { url: toUrl(config), upstream: config.upstream.origin }
  } catch {
    const config = loadConfig({ flags: {}, environment: {} })
    return { url: toUrl(config), upstream: config.upstream.origin }
  }
}
