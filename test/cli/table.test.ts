import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toTable } from '../../src/cli/table.ts'
import { cut, toHarmless, widthOf } from '../../src/cli/text-width.ts'

const ROWS = [
  ['model', 'route', 'size'],
  ['a-model-with-a-very-long-name:latest', '/api/generate', '12.5 GiB'],
  ['tiny', '/api/chat', '1 B'],
]

describe('a table', () => {
  it('is as wide as its widest cells where nothing limits it', () => {
    expect(toTable(ROWS, ['left', 'left']).split('\n')).toEqual([
      'model                                 route              size',
      'a-model-with-a-very-long-name:latest  /api/generate  12.5 GiB',
      'tiny                                  /api/chat           1 B',
    ])
  })

  it('takes what is missing from the widest left column, and leaves numbers whole', () => {
    expect(toTable(ROWS, ['left', 'left'], { width: 40 }).split('\n')).toEqual([
      'model            route              size',
      'a-model-with-a…  /api/generate  12.5 GiB',
      'tiny             /api/chat           1 B',
    ])
  })

  it('never stands out of the terminal, whatever it holds', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 })
    const rows = fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 60 }), (cells, width) => {
        const lines = toTable(cells, ['left', 'right', 'left'], { width }).split('\n')
        expect(lines).toHaveLength(cells.length)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('is painted behind the reckoning of widths', () => {
    const paint = (cell: string) => `<${cell}>`
    expect(toTable([['a', 'b']], ['left'], { width: 4, paint })).toBe('<a>  <b>')
  })
})

describe('a text of somebody else', () => {
  it.each([
    ['tiny:latest', 'tiny:latest'],
    ['\x1b[2Jgone', '\ufffd[2Jgone'],
    ['two\nlines\u009b', 'two\ufffdlines\ufffd'],
    ['abc\u202edef', 'abc\ufffddef'],
  ])('%j holds nothing that a terminal obeys', (text, harmless) => {
    expect(toHarmless(text)).toBe(harmless)
  })

  it.each([
    ['abcdef', 4, 'abc…'],
    ['abcd', 4, 'abcd'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['abc', 0, ''],
  ])('%j in %d columns is %j', (text, columns, said) => {
    expect(cut(text, columns)).toBe(said)
  })
})
