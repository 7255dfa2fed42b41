import { readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

const BUILT = new URL('../../dist/store/priority.js', import.meta.url)

/** The nice value of the calling thread: the 19th field of proc(5), the 17th behind the name. */
const READ_NICE = `Number(fs.readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1].split(' ')[16])`

const SCRIPT = `
const fs = require('node:fs')
const { parentPort } = require('node:worker_threads')
import(${JSON.stringify(BUILT.href)}).then(({ giveWay }) => {
  const before = ${READ_NICE}
  giveWay()
  parentPort.postMessage([before, ${READ_NICE}])
})`

const readNice = (): number =>
  Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ')[16])

describe.runIf(platform() === 'linux')('a thread that gives way', () => {
  it('lets every other thread go first, those of its own process too', async () => {
    const own = readNice()
    const worker = new Worker(SCRIPT, { eval: true })
    const said = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect(said).toEqual([own, 19])
    expect(readNice()).toBe(own)
  })
})
