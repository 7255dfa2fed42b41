import { type Body, isObject } from './origin-decode.ts'

type Part = { readonly type: string; readonly text?: string; readonly image_url?: unknown }

/**
 * The native request that Ollama's own middleware makes of one of its OpenAI routes, as far as tests ask for
 * it: written by the recordings and not by the code under test.
 */
export function toNativeBody(path: string, body: Body): Body {
  const options = toOptions(path, body)
  const { model, stream = false, logprobs } = body
  if (path === '/v1/completions') {
    const count = Number(logprobs ?? 0)
    return defined({
      model,
      prompt: body.prompt ?? '',
      suffix: body.suffix,
      stream,
      options,
      ...(count > 0 && { logprobs: true, top_logprobs: count }),
    })
  }
  return defined({
    model,
    messages: (body.messages as Body[]).flatMap(toMessages),
    stream,
    format: toFormat(body.response_format),
    tools: body.tools,
    options,
    think: EFFORTS[String(body.reasoning_effort)],
    logprobs: logprobs === true ? true : undefined,
    top_logprobs: body.top_logprobs,
  })
}

const EFFORTS: Readonly<Record<string, unknown>> = {
  none: false,
  low: 'low',
  medium: 'medium',
  high: 'high',
}

/** A temperature and a top_p of 1 are sent where the client names none (corpus 364, 494). */
function toOptions(path: string, body: Body): Body {
  const { seed, stop, max_tokens, temperature = 1, top_p = 1 } = body
  const none = path === '/v1/completions' ? 0 : undefined
  const { frequency_penalty = none, presence_penalty = none } = body
  return defined({
    frequency_penalty,
    num_predict: max_tokens,
    presence_penalty,
    seed,
    stop: typeof stop === 'string' ? [stop] : stop,
    temperature,
    top_p,
  })
}

function toMessages({ role, content }: Body): Body[] {
  if (!Array.isArray(content)) return [{ role, content }]
  return (content as Part[]).map((part) =>
    part.type === 'text'
      ? { role, content: part.text }
      : { role, content: '', images: [toImage(part.image_url)] },
  )
}

function toImage(url: unknown): string {
  const text = isObject(url) ? String(url.url) : String(url)
  return text.slice(text.indexOf(',') + 1).replace(/\s/g, '')
}

function toFormat(format: unknown): unknown {
  if (!isObject(format)) return undefined
  if (format.type === 'json_object') return 'json'
  return isObject(format.json_schema) ? format.json_schema.schema : undefined
}

function defined(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}
