import { readFileSync, writeFileSync } from 'node:fs'

const MIB_PER_KIB = 1 / 1024

/** Resident memory of a process, in MiB; NaN where nobody tells. */
export interface Resident {
  readonly nowMib: number
  /** The most since the start, or since it was last forgotten. */
  readonly peakMib: number
}

/** `VmRSS` and `VmHWM` of proc(5) `status`. */
export function readResident(pid: number | undefined): Resident {
  const text = readStatus(pid)
  return { nowMib: readField(text, 'VmRSS'), peakMib: readField(text, 'VmHWM') }
}

/** Makes the peak start anew: proc(5) `clear_refs`, value 5. */
export function forgetPeak(pid: number | undefined): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

function readField(text: string, name: string): number {
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text) ?? []
  return Number(kib) * MIB_PER_KIB
}
