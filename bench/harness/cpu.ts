import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/**
 * Processor time of a process and of its children so far, in seconds; undefined where nobody tells.
 * taskset and chrt become the program they start; a master's workers are its children.
 */
export function readCpuSeconds(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  const own = readOwn(pid)
  if (own === undefined) return undefined
  return readChildren(pid).reduce((sum, child) => sum + (readCpuSeconds(child) ?? 0), own)
}

/** Fields 14 and 15 of proc(5) `stat`: user and system time, in ticks. */
function readOwn(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

/** The processes that one has started and that still run. */
export function readChildren(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.trim().split(/\s+/).filter(Boolean).map(Number)
  } catch {
    return []
  }
}
