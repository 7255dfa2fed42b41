import { type Asking, NEW, nextNumbers, type Question } from './load.ts'

/** What wrk has to send, in its Lua; a fixed request is made once and sent again as it is. */
export function toWrkScript(asking: Asking): string {
  return `${toSending(asking)}\n${REPORT}`
}

function toSending(asking: Asking): string {
  if (asking.kind === 'always-new') return toAlwaysNew(asking.question)
  const [only, ...others] = asking.questions
  return only !== undefined && others.length === 0 ? toFixed(only) : toInTurn(asking.questions)
}

function toFixed({ method, path, body }: Question): string {
  return `
wrk.method = "${method}"
wrk.path = "${path}"
${body === undefined ? '' : `wrk.body = ${toLua(body)}`}
wrk.headers["Content-Type"] = "application/json"`
}

function toInTurn(questions: readonly Question[]): string {
  const lines = questions.map(
    ({ method, path, body = '' }) => `{ "${method}", "${path}", ${toLua(body)} },`,
  )
  return `
wrk.headers["Content-Type"] = "application/json"
local questions = {
${lines.join('\n')}
}
local made = {}
local at = 0
function init(args)
  for i, q in ipairs(questions) do made[i] = wrk.format(q[1], q[2], nil, q[3]) end
end
function request()
  at = at % #made + 1
  return made[at]
end`
}

/** The number keeps its length, so that everything around it is made once. */
function toAlwaysNew({ method, path, body = '' }: Question): string {
  return `
wrk.headers["Content-Type"] = "application/json"
local number = ${nextNumbers()}
local before, after
function init(args)
  local made = wrk.format("${method}", "${path}", nil, ${toLua(body)})
  local from, to = string.find(made, "${NEW}", 1, true)
  before, after = string.sub(made, 1, from - 1), string.sub(made, to + 1)
end
function request()
  number = number + 1
  return before .. string.format("%0${NEW.length}d", number) .. after
end`
}

/** Long brackets take any text in which they do not close themselves. */
function toLua(text: string): string {
  return `[===[${text}]===]`
}

const REPORT = `
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\\n{"requests":%d,"micros":%d,"errors":%d,"p50":%d,"p99":%d}\\n',
    summary.requests, summary.duration, errors, latency:percentile(50), latency:percentile(99)))
end
`
