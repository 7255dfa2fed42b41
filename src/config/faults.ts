import type { Config } from './config.ts'
import { isLoopback, isSameHost } from './loopback.ts'

/** One fault: the key, what stands there, and what may. */
export interface Fault {
  readonly key: string
  readonly message: string
}

/** What no single key shows: values that do not go together. Keys that are faulty already are not judged. */
export function findClashes(config: Config, faulty: ReadonlySet<string>): Fault[] {
  const isSound = (...keys: readonly string[]) => !keys.some((key) => faulty.has(key))
  return [
    ...(isSound('listen', 'upstream', 'allowRemote') ? findAddressFaults(config) : []),
    ...(isSound('inject.temperature.mode', 'inject.temperature.value')
      ? findTemperatureFaults(config)
      : []),
  ]
}

function findAddressFaults({ listen, upstream, allowRemote }: Config): Fault[] {
  const faults: Fault[] = []
  const port = Number(upstream.port || (upstream.protocol === 'https:' ? 443 : 80))
  if (listen.port > 65_535) {
    faults.push({
      key: 'listen',
      message: `port ${listen.port} is not allowed; allowed: 0 to 65535`,
    })
  }
  if (port === listen.port && isSameHost(upstream.hostname, listen.host)) {
    faults.push({
      key: 'upstream',
      message: `${show(upstream.origin)} is where reprise itself listens; allowed: the address of Ollama`,
    })
  }
  if (!isLoopback(listen.host) && !allowRemote) {
    faults.push({
      key: 'listen',
      message: `${show(listen.host)} can be reached from other machines, and there is no authentication; allowed: a loopback address, or any with --allow-remote`,
    })
  }
  return faults
}

/** A mode without a value would look as if it did something. */
function findTemperatureFaults({ injection }: Config): Fault[] {
  if (injection === undefined) return []
  const { mode, value } = injection.temperature
  if (mode === 'off' || value !== null) return []
  const message = `null is not allowed while inject.temperature.mode is ${mode}; allowed: a number, 0 or more`
  return [{ key: 'inject.temperature.value', message }]
}

/** A value for a person to read, without the user and password of an address. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value).replace(/\/\/[^/@"]*@/g, '//…@')
}
