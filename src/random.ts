import { randomBytes } from 'node:crypto'

/** A number from 0 to 1, 1 left out. What needs chance is given it by parameter. */
export function random(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32
}
