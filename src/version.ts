import { readFileSync } from 'node:fs'

/** The version of the package, as `npm` knows it. */
export const VERSION: string = readVersion()

function readVersion(): string {
  // One level up from `src` as from `dist`.
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
