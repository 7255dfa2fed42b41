import { type ProgramParts, run } from '../../../src/cli/program.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { inspectDatabase, readOrigin } from '../../../src/probes.ts'

/** What a command did. */
export interface CommandResult {
  readonly status: number
  readonly out: string
  readonly err: string
  /** Lines that were shown and replaced: progress. */
  readonly shown: readonly string[]
  readonly asked: readonly string[]
}

/** Runs a command in this process. With `answers` a person sits at the terminal and types them. */
export async function reprise(
  args: readonly string[],
  answers?: readonly string[],
): Promise<CommandResult> {
  const said = { out: '', err: '', shown: [] as string[], asked: [] as string[] }
  const typed = [...(answers ?? [])]
  const terminal: Terminal = {
    print: (text) => {
      said.out += `${text}\n`
    },
    complain: (text) => {
      said.err += `${text}\n`
    },
    screen: 'none',
    columns: undefined,
    openScreen: () => {
      throw new Error('there is no screen')
    },
    person: answers === undefined ? 'absent' : 'present',
    async ask(question) {
      said.asked.push(question)
      return typed.shift() ?? ''
    },
    show: (line) => void (line !== '' && said.shown.push(line)),
  }
  const status = await run(['node', 'reprise', ...args], PARTS, terminal)
  return { ...said, status }
}

const PARTS: ProgramParts = {
  start: () => Promise.reject(new Error('no test starts a server this way')),
  probes: { readOrigin, inspectDatabase },
}
