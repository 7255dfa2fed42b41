/** A request that carries a picture. */
export interface Body {
  readonly path: string
  readonly json: object
}

/** What is asked of which picture, as base64. */
export type MakeBody = (script: string, picture: string) => Body

/** Every way in which a picture comes, by name. */
export const PICTURE_BODIES: readonly (readonly [string, MakeBody])[] = [
  [
    '/api/generate',
    (prompt, picture) => ({
      path: '/api/generate',
      json: { prompt, images: [picture], stream: false },
    }),
  ],
  [
    '/api/chat',
    (content, picture) => ({
      path: '/api/chat',
      json: { messages: [{ role: 'user', content, images: [picture] }] },
    }),
  ],
  [
    '/api/generate, base64 in lines',
    (prompt, picture) => ({
      path: '/api/generate',
      json: { prompt, images: [picture.replace(/.{76}/g, '$&\n')] },
    }),
  ],
  [
    '/api/generate, a text full of escapes instead',
    (prompt, picture) => ({
      path: '/api/generate',
      json: { prompt, system: picture.slice(0, 10_000_000).replace(/../g, '$&\n') },
    }),
  ],
  [
    '/v1/chat/completions, translated',
    (text, picture) => ({ path: '/v1/chat/completions', json: toParts(text, picture) }),
  ],
]

function toParts(text: string, picture: string): object {
  const url = `data:image/png;base64,${picture}`
  const content = [
    { type: 'text', text },
    { type: 'image_url', image_url: { url } },
  ]
  return { messages: [{ role: 'user', content }], temperature: 0 }
}
