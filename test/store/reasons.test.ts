import { describe, expect, it } from 'vitest'
import { describeReason } from '../../src/store/damage.ts'

describe('the reason why the store cannot answer', () => {
  it.each([
    [
      'SQLITE_BUSY',
      'another program is reading the database: try again when it is done; SQLITE_BUSY',
    ],
    ['SQLITE_READONLY_DIRECTORY', 'the database can only be read; SQLITE_READONLY_DIRECTORY'],
    ['SQLITE_FULL', 'the disk is full; SQLITE_FULL'],
    ['its thread has ended', 'its thread has ended'],
  ])('%s is told in words, with its code', (reason, told) => {
    expect(describeReason(reason)).toBe(told)
  })
})
