import autocannon, { type Request } from 'autocannon'
import { type Place, withPriority } from './cores.ts'
import { type Asking, type Driver, nextNumbers, type Question, toNumbered } from './load.ts'

const TIMEOUT_SECONDS = 10

/** autocannon, inside this process: needs nothing installed, but is busy before a fast server is. */
export function createAutocannon(place: Place | undefined): Driver {
  return {
    name: 'autocannon',
    async drive({ server, asking, connections, seconds }) {
      const result = await withPriority(place, () =>
        autocannon({
          url: server.url,
          connections,
          duration: seconds,
          timeout: TIMEOUT_SECONDS,
          requests: toRequests(asking),
        }),
      )
      const { errors, timeouts, non2xx, duration, latency } = result
      const requests = result['2xx']
      if (errors + timeouts + non2xx > 0 || requests === 0) {
        throw new Error(`${server.url}: ${errors} errors, ${non2xx} answers not 2xx`)
      }
      return { requests, seconds: duration, p50Ms: latency.p50, p99Ms: latency.p99 }
    },
  }
}

function toRequests(asking: Asking): Request[] {
  if (asking.kind === 'in-turn') return asking.questions.map(toRequest)
  let number = nextNumbers()
  const next = (): Request => toRequest(toNumbered(asking.question, number++))
  // What the load generator has put in, Host above all, stays.
  return [{ ...next(), setupRequest: (request) => ({ ...request, ...next() }) }]
}

function toRequest({ method, path, body }: Question): Request {
  if (body === undefined) return { method, path }
  return { method, path, body, headers: { 'content-type': 'application/json' } }
}
