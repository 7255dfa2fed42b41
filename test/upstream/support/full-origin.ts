import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** Whether this system says which connections it is making. */
export const canCountConnecting = existsSync('/proc/net/tcp')

/** Says its port, and stops as a whole: the kernel takes connections for it until its queue is full. */
const SCRIPT = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(server.address().port), () => process.kill(process.pid, 'SIGSTOP'))
  })
`

/** A port of the loopback whose listener takes no more connections, nor refuses them. */
export async function startFullOrigin(): Promise<number> {
  const child = spawn(process.execPath, ['-e', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [text] = await once(child.stdout, 'data')
  while (!isStopped(child.pid ?? 0)) await new Promise(setImmediate)
  const port = Number(text)
  // A backlog of 1 holds two.
  for (let i = 0; i < 2; i += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
  }
  return port
}

function isStopped(pid: number): boolean {
  return /^\d+ \(.*\) T/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** Connections to the port that this machine has begun and nobody has taken (SYN_SENT). */
export function countConnecting(port: number): number {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => {
    const [, , remoteAddress, state] = line.trim().split(/\s+/)
    return remoteAddress === remote && state === '02'
  }).length
}

/** Resolves once so many connections to the port are being made. */
export async function reachConnecting(port: number, count: number): Promise<void> {
  while (countConnecting(port) !== count) await new Promise(setImmediate)
}
