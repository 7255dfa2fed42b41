// Before `npm start` and `npm test`: installs what is missing and builds what is out of date.
// Plain JavaScript, because Node 20 runs no TypeScript and nothing is installed yet.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = (...parts) => join(root, ...parts)

/** Newest modification instant below a path, in ms; 0 where there is nothing. */
function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function run(command, args) {
  // Standard output belongs to the program that starts afterwards (its first line is the start line).
  execFileSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
}

if (newest(at('package-lock.json')) > newest(at('node_modules', '.package-lock.json'))) {
  console.error('reprise: installing dependencies (the SQLite addon may take a minute to compile)')
  // Install scripts run for the SQLite addon only.
  run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'])
  run('npm', ['rebuild', 'better-sqlite3'])
}

const sources = Math.max(newest(at('src')), newest(at('tsconfig.json')))
if (sources > newest(at('dist', 'main.js'))) {
  console.error('reprise: building')
  run('npm', ['run', '--silent', 'build'])
}
