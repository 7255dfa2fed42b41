import { type BodyReader, createBodyReader } from './body-reader.ts'

/** Finds the end of one answer after the other on a connection, and looks at nothing else. */
export interface AnswerEnd {
  /** Throws where an answer is not a 200. */
  push(wire: Buffer): void
}

const HEAD_END = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: *(\d+)/i

/** Calls back at the end of each answer; there is no more than one under way. */
export function createAnswerEnd(onEnd: () => void): AnswerEnd {
  let head = ''
  let body: BodyReader | undefined
  return {
    push(wire) {
      let rest = wire
      if (body === undefined) {
        const before = head.length
        head += wire.toString('latin1')
        const end = head.indexOf(HEAD_END)
        if (end < 0) return
        if (!head.startsWith('HTTP/1.1 200')) throw new Error(head.slice(0, 200))
        const lengthBytes = LENGTH.exec(head.slice(0, end))?.[1]
        const known = lengthBytes === undefined ? undefined : Number(lengthBytes)
        body = createBodyReader(known, () => undefined)
        rest = wire.subarray(end + HEAD_END.length - before)
      }
      body.push(rest)
      if (!body.isOver) return
      head = ''
      body = undefined
      onEnd()
    },
  }
}
