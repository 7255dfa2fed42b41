import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { shapeError } from '../ollama/error-shape.ts'
import type { RequestBody } from '../proxy/exchange.ts'
import { createAnswerPass } from './answer-pass.ts'
import { createLinks } from './links.ts'
import { sendRequest } from './request-pass.ts'

/** What of a request is not in the message itself any more. */
export interface Handed {
  /** The path and the query, or whatever stood in their place. */
  readonly target: string
  /** What was read of it already, or its stream. */
  readonly body: RequestBody
}

/**
 * Hands a request to the first process, byte for byte, and its answer to the client, in the pieces in which
 * it was written; resolves when the connection is done with it. Who leaves on one side leaves on the other.
 */
export type HandOver = (
  request: IncomingMessage,
  response: ServerResponse,
  handed: Handed,
) => Promise<void>

/** Hands over through this door. */
export function createHandOver(door: string, clock: Pick<Clock, 'startTimer'>): HandOver {
  const links = createLinks(door, clock)
  return (request, response, handed) =>
    new Promise((resolve) => {
      const client = request.socket
      // The client left while its answer was looked for: nobody will say so again.
      if (response.destroyed || client.destroyed) return resolve()
      const link = links.take(client)
      const body = sendRequest(request, handed, link)
      const answer = createAnswerPass(request.method ?? '', response, link, clock)
      const end = (): void => {
        body.stop()
        link.off('data', hear).off('end', close).off('close', lose)
      }
      /** The answer is over: the link goes on only where both messages have come to their ends. */
      const close = (): void => {
        if (!answer.isOver && !answer.finishByClose()) return
        end()
        if (answer.connection === 'kept' && body.isSent) links.giveBack(client, link)
        else link.destroy()
      }
      const hear = (bytes: Buffer): void => {
        answer.take(bytes)
        if (answer.isOver) close()
      }
      const lose = (): void => {
        end()
        breakOff(response, handed.target)
      }
      link.on('data', hear).on('end', close).on('close', lose)
      response.once('close', () => {
        if (!answer.isOver) {
          end()
          link.destroy()
        }
        resolve()
      })
    })
}

/** The first process has gone, or has cut the answer: so it is for the client. */
function breakOff(response: ServerResponse, target: string): void {
  if (response.headersSent) {
    response.socket?.destroySoon()
    return
  }
  const error = new RepriseError('draining', 'reprise is shutting down')
  const body = shapeError(target, error.status, error.message)
  const lines = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
  response.writeHead(error.status, [...lines, 'Connection', 'close'])
  response.end(body)
}
