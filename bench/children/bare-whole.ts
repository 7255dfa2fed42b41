// A floor: holds everybody until as many are there as the path says, and then gives all of them one answer at once.
import { createServer, type ServerResponse } from 'node:http'
import { JSON_TYPE, LARGE_BODY } from '../harness/answers.ts'
import { readInstantMs } from '../harness/instant.ts'
import { announce } from './announce.ts'

const held: ServerResponse[] = []

const server = createServer((request, response) => {
  const count = Number(request.url?.slice(1))
  request.resume().on('end', () => {
    held.push(response)
    if (held.length === count) release()
  })
})
server.listen(0, '127.0.0.1', () => announce(server))

function release(): void {
  const beganAt = readInstantMs()
  for (const response of held.splice(0)) {
    response.writeHead(200, {
      'Content-Type': JSON_TYPE,
      'Content-Length': LARGE_BODY.length,
      'X-Began-At': beganAt,
    })
    response.end(LARGE_BODY)
  }
}
