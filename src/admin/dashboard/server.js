let token = document.querySelector('meta[name="reprise-token"]').content

/** Whether the server may be told to change something. */
export const hasToken = () => token !== ''

/** Takes a token that a person has given; it is forgotten with the page. */
export function setToken(text) {
  token = text.trim()
}

/** Reads a reserved path; throws with the server's own sentence. */
export const read = (path) => ask(path, {})

/** Sends bytes to a reserved path; throws with the server's own sentence. */
export function order(path, body) {
  const headers = { 'Content-Type': 'application/json' }
  if (hasToken()) headers.Authorization = `Bearer ${token}`
  return ask(path, { method: 'POST', headers, body })
}

async function ask(path, options) {
  const response = await fetch(path, options)
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`)
  return answer
}
