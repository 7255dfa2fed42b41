// A listener that is stopped by whoever starts it: then its row of waiting connections fills, and new ones hang.
import { createServer } from 'node:http'
import { announce } from './announce.ts'

const server = createServer()
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => announce(server))
