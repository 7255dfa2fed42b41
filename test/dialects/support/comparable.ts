/** A body of a compatible route with what no two answers have in common made alike; all other bytes stand. */
export function toComparable(body: Buffer): string {
  return body
    .toString()
    .replace(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
    .replace(/"(id|item_id)":"(chatcmpl-|cmpl-|resp_|msg_|rs_|fc_)\w+"/g, '"$1":"$2"')
    .replace(/"request_id":"[^"]*"/g, '"request_id":""')
}

/** The ids that stand in a body, each once. */
export function listIds(body: Buffer): string[] {
  const ids = body.toString().matchAll(/"(?:id|item_id)":"((?:chatcmpl-|cmpl-|resp_|msg_)\w+)"/g)
  return [...new Set([...ids].map(([, id = '']) => id))]
}

/** The events of a body, found without the code under test. */
export function listEvents(body: Buffer): string[] {
  return body.toString().match(/[\s\S]*?\n\n|[\s\S]+$/g) ?? []
}
