import { Type } from '../json-schema.ts'
import { flag, STRINGS, setting } from './shapes.ts'

/** Where Reprise listens, what it forwards to, and how it speaks. */
export const GENERAL_SETTINGS = {
  listen: setting(Type.String({ pattern: '^(\\[[0-9a-fA-F:]+\\]|[^:\\s]*):\\d{1,5}$' }), {
    fallback: '127.0.0.1:11435',
    help: 'Where to listen. Port 0 picks a free one.',
    allowed: 'host:port, :port or [address]:port',
    flag: 'listen',
  }),
  upstream: setting(Type.String({ pattern: '^https?://[^/?#@\\s]+/?$' }), {
    fallback: 'http://127.0.0.1:11434',
    help: 'The Ollama that requests are forwarded to.',
    allowed: 'http://host:port or https://host:port, without user, path or query',
    flag: 'upstream',
  }),
  dataDir: setting(Type.String(), {
    fallback: '',
    help: 'Folder of the database; the default is the user’s cache folder.',
    allowed: 'a path',
    flag: 'data-dir',
  }),
  mode: setting(
    Type.Union([
      Type.Literal('serve'),
      Type.Literal('observe'),
      Type.Literal('offline'),
      Type.Literal('off'),
    ]),
    {
      fallback: 'serve',
      help: 'serve: cache and inject. observe: the same, but nothing is answered from the cache, only compared with it. offline: Ollama is never asked; what is not in the cache is answered 504. off: pass everything through untouched.',
      allowed: 'serve, observe, offline or off',
      flag: 'mode',
    },
  ),
  allowRemote: flag(
    false,
    'Allows listening on an address that other machines reach. There is no authentication.',
    'allow-remote',
  ),
  'server.workers': setting(Type.Integer({ minimum: 1, maximum: 64 }), {
    fallback: 1,
    help: 'Processes that give known answers, on one port; with 1 there is only one process. Misses are made by one process in any case.',
    allowed: 'a whole number from 1 to 64',
    flag: 'workers',
  }),
  'log.level': setting(
    Type.Union([
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('silent'),
    ]),
    {
      fallback: 'info',
      help: 'The least severe line that is written.',
      allowed: 'trace, debug, info, warn, error or silent',
      flag: 'log-level',
    },
  ),
  'log.format': setting(
    Type.Union([Type.Literal('auto'), Type.Literal('pretty'), Type.Literal('json')]),
    {
      fallback: 'auto',
      help: 'auto: pretty on a terminal, JSON elsewhere.',
      allowed: 'auto, pretty or json',
      flag: 'log-format',
    },
  ),
} as const

/** Who may ask. */
export const SECURITY_SETTINGS = {
  'security.origins': setting(STRINGS, {
    fallback: [],
    help: 'Origins of web pages allowed besides Ollama’s own; OLLAMA_ORIGINS is read too.',
    allowed: 'a list of origins in the syntax of OLLAMA_ORIGINS',
  }),
  'security.hosts': setting(STRINGS, {
    fallback: [],
    help: 'Names allowed in the Host header besides those of this machine.',
    allowed: 'a list of host names',
  }),
} as const
