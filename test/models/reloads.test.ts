import { describe, expect, it } from 'vitest'
import { createReloadGuard, type ReloadReport, type RunNote } from '../../src/models/reloads.ts'

/** A guard, and what it said. */
function openGuard() {
  const switches: string[] = []
  const reports: ReloadReport[] = []
  const guard = createReloadGuard({
    onSwitch: (model) => void switches.push(model),
    onAlternation: (report) => void reports.push(report),
  })
  const note = (loadOptions: string, given: Partial<RunNote> = {}): void =>
    guard.note({ model: 'm', dialect: 'native', userAgent: 'test', ...given, loadOptions })
  return { note, switches, reports }
}

const setsOf = (report: ReloadReport | undefined) =>
  report?.sets.map(({ loadOptions }) => loadOptions)

describe('a switch', () => {
  it('is a run that needs the model loaded otherwise than the one before', () => {
    const { note, switches } = openGuard()
    for (const options of ['num_ctx=8', 'num_ctx=8', '', '', 'num_ctx=16']) note(options)
    expect(switches).toEqual(['m', 'm'])
  })

  it('is none on the first run of a model', () => {
    const { note, switches } = openGuard()
    note('num_ctx=8')
    note('num_ctx=16', { model: 'n' })
    expect(switches).toEqual([])
  })

  it('is none where a run takes the num_gpu that is there', () => {
    const { note, switches, reports } = openGuard()
    for (const options of ['num_gpu=0', '', 'num_gpu=0', '']) note(options)
    expect([switches, reports]).toEqual([[], []])
  })

  it('is not seen on names that stand for several models', () => {
    const { note, switches } = openGuard()
    for (const options of ['a=1', 'a=2', 'a=1']) {
      note(options, { model: 'other' })
      note(options, { model: 'none' })
    }
    expect(switches).toEqual([])
  })
})

describe('an alternation', () => {
  it('is reported when a set comes back, with both sets and who asks for them', () => {
    const { note, reports } = openGuard()
    note('num_ctx=8', { userAgent: 'aider' })
    note('num_ctx=16', { userAgent: 'zed' })
    note('num_ctx=16', { userAgent: 'cline' })
    expect(reports).toEqual([])
    note('num_ctx=8', { userAgent: 'goose' })
    expect(reports).toEqual([
      {
        model: 'm',
        sets: [
          { loadOptions: 'num_ctx=8', userAgents: ['aider', 'goose'] },
          { loadOptions: 'num_ctx=16', userAgents: ['zed', 'cline'] },
        ],
        mixesDialects: 'no',
      },
    ])
  })

  it('is reported once for each model', () => {
    const { note, reports } = openGuard()
    for (const options of ['', 'num_ctx=8', '', 'num_ctx=8', 'num_ctx=16', '']) {
      note(options)
      note(options, { model: 'n' })
    }
    expect(reports.map(({ model }) => model)).toEqual(['m', 'n'])
  })

  it('is none while sets only follow one another', () => {
    const { note, reports, switches } = openGuard()
    for (let ctx = 1; ctx <= 20; ctx++) note(`num_ctx=${ctx}`)
    expect([reports.length, switches.length]).toEqual([0, 19])
  })

  it('is seen where more than two take turns', () => {
    const { note, reports } = openGuard()
    for (const options of ['num_ctx=1', 'num_ctx=2', 'num_ctx=3', 'num_ctx=1']) note(options)
    expect(setsOf(reports[0])).toEqual(['num_ctx=1', 'num_ctx=3'])
  })

  it('says that the two ways of asking are mixed', () => {
    const { note, reports } = openGuard()
    note('num_thread=6')
    note('', { dialect: 'compatible' })
    note('num_thread=6')
    expect(reports[0]?.mixesDialects).toBe('yes')
  })
})

describe('the memory', () => {
  it('is of 8 sets of a model', () => {
    const { note, reports } = openGuard()
    for (let ctx = 1; ctx <= 9; ctx++) note(`num_ctx=${ctx}`)
    note('num_ctx=1')
    expect(reports).toEqual([])
    note('num_ctx=3')
    expect(setsOf(reports[0])).toEqual(['num_ctx=3', 'num_ctx=1'])
  })

  it('is of 256 models: the one not asked for longest is forgotten', () => {
    const { note, switches } = openGuard()
    for (let model = 0; model <= 256; model++) note('num_ctx=8', { model: `m${model}` })
    note('', { model: 'm0' })
    note('', { model: 'm2' })
    expect(switches).toEqual(['m2'])
  })

  it('is of 5 clients of a set, of 100 printable characters each', () => {
    const { note, reports } = openGuard()
    note('', { userAgent: `a\u001b[2Jé${'x'.repeat(500)}` })
    for (const userAgent of ['', 'c', 'd', 'e', 'f']) note('', { userAgent })
    note('num_ctx=8')
    note('', { userAgent: 'g' })
    const { userAgents } = reports[0]!.sets[0]
    expect(userAgents).toEqual([`a?[2J?${'x'.repeat(94)}`, 'an unnamed client', 'c', 'd', 'e'])
  })
})
