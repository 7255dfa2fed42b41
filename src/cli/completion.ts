import { Argument, type Command } from 'commander'
import { toBash } from './completion-bash.ts'
import { toFish } from './completion-fish.ts'
import { type Grammar, readGrammar } from './completion-grammar.ts'
import { toZsh } from './completion-zsh.ts'
import type { Terminal } from './terminal.ts'

const SCRIPTS = { bash: toBash, zsh: toZsh, fish: toFish } as const

/** A shell that can be told what may follow. */
type Shell = keyof typeof SCRIPTS

const SHELLS = Object.keys(SCRIPTS) as Shell[]

/** `reprise completion bash`: made of the commands as they are declared, so that it is never out of date. */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('Print what makes a shell complete commands and options.')
    .addArgument(new Argument('<shell>', 'The shell.').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => {
      const write: (grammar: Grammar) => string = SCRIPTS[shell]
      terminal.print(write(readGrammar(program)))
    })
}

const EXAMPLES = `
Examples:
  source <(reprise completion bash)      in ~/.bashrc
  source <(reprise completion zsh)       in ~/.zshrc, after compinit
  reprise completion fish | source       in ~/.config/fish/config.fish`
