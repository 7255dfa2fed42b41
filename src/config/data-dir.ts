import { homedir, platform } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * The folder for data: the one that is given, else `$XDG_CACHE_HOME/reprise` or `~/.cache/reprise`, and
 * what macOS and Windows have instead.
 */
export function readDataDir(
  given: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  // Only a shell expands the tilde, and no shell reads configuration files.
  if (given.startsWith('~/')) return join(homedir(), given.slice(2))
  if (given !== '') return given
  const { XDG_CACHE_HOME: caches = '', LOCALAPPDATA } = environment
  // A relative path is to be ignored (XDG Base Directory Specification, Basics).
  if (isAbsolute(caches)) return join(caches, 'reprise')
  const home = homedir()
  if (platform() === 'darwin') return join(home, 'Library', 'Caches', 'reprise')
  if (platform() !== 'win32') return join(home, '.cache', 'reprise')
  return join(LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'reprise')
}
