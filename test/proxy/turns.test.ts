import { describe, expect, it } from 'vitest'
import { openQueue } from './support/waiters.ts'

/** Starts with one of group `g`, lets the others wait (`client:name` or `client:name:group`), and runs all. */
function serve(groupTurns: number, waiting: readonly string[]): string {
  const { enter, runOut } = openQueue({ groupTurns })
  enter('running', { group: 'g' })
  for (const each of waiting) {
    const [client = '', name = '', group = ''] = each.split(':')
    enter(name, { client, group })
  }
  return runOut().join(' ')
}

describe('turns', () => {
  it('are in order of arrival where everybody waits once', () => {
    expect(serve(0, ['c:1', 'a:2', 'b:3'])).toBe('1 2 3')
  })

  it('go round between clients where one floods', () => {
    expect(serve(0, ['a:1', 'a:2', 'a:3', 'a:4', 'b:5', 'c:6', 'b:7'])).toBe('1 5 6 2 7 3 4')
  })

  it('go round however late the others come', () => {
    const { enter, leave, events } = openQueue()
    enter('first', { client: 'a' })
    for (const name of ['2', '3', '4']) enter(name, { client: 'a' })
    leave('first')
    enter('late', { client: 'b' })
    leave('2')
    leave('3')
    expect(events).toEqual(['first', '2', '3', 'late'])
  })

  it('are not lost by a client whose first in line has left', () => {
    const { enter, leave, runOut } = openQueue()
    enter('running')
    for (const name of ['a1', 'a2']) enter(name, { client: 'a' })
    enter('b1')
    leave('a1')
    expect(runOut()).toEqual(['a2', 'b1'])
  })

  it('come for the background only where no foreground waits', () => {
    const { enter, leave, events } = openQueue()
    enter('running')
    enter('refresh', { lane: 'background' })
    enter('a')
    leave('running')
    enter('b')
    leave('a')
    leave('b')
    expect(events).toEqual(['running', 'a', 'b', 'refresh'])
  })
})

describe('turns by group', () => {
  it('are off at 0', () => {
    expect(serve(0, ['a:1:h', 'b:2:g', 'c:3:h'])).toBe('1 2 3')
  })

  it('serve the group that was served last first, wherever it waits', () => {
    expect(serve(9, ['a:1:h', 'b:2:g', 'c:3:h', 'd:4:g'])).toBe('2 4 1 3')
  })

  it('find it behind others of the same client', () => {
    expect(serve(9, ['a:1:h', 'a:2:g', 'a:3:h', 'a:4:g'])).toBe('2 4 1 3')
  })

  it('pass nobody over more often than they may', () => {
    expect(serve(2, ['a:1:h', 'b:2:g', 'c:3:g', 'd:4:g', 'e:5:h'])).toBe('2 3 1 5 4')
  })

  it('count for everyone who is passed over, not for the first alone', () => {
    expect(serve(2, ['a:1:h', 'b:2:i', 'c:3:g', 'd:4:g', 'e:5:h', 'f:6:h'])).toBe('3 4 1 2 5 6')
  })

  it('stay with the group that is running now, not with the first', () => {
    expect(serve(9, ['a:1:h', 'b:2:i', 'c:3:h'])).toBe('1 3 2')
  })

  it('keep the turn of a client that was served behind its own first', () => {
    expect(serve(1, ['a:1:h', 'a:2:g', 'b:3:i', 'b:4:i'])).toBe('2 1 3 4')
  })
})
