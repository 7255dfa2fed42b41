import type { Command, Option } from 'commander'

/** What may follow an option or stand as an argument. */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Something that nobody can guess. */
  | { readonly kind: 'free' }

/** One option. */
export interface OptionGrammar {
  /** As `--json`. */
  readonly flag: string
  readonly help: string
  readonly value: Value
}

/** One command. */
export interface CommandGrammar {
  readonly name: string
  readonly help: string
  readonly options: readonly OptionGrammar[]
  readonly argument: Value
}

/** What can be typed. */
export interface Grammar {
  readonly commands: readonly CommandGrammar[]
  /** Options that stand before a command. */
  readonly options: readonly OptionGrammar[]
}

/** Options whose value is a path: their names say so. */
const PATHS: ReadonlySet<string> = new Set(['--config', '--data-dir'])

/** Reads the commands as they are declared. */
export function readGrammar(program: Command): Grammar {
  const commands = program.commands.map(
    (command): CommandGrammar => ({
      name: command.name(),
      help: command.description(),
      options: readOptions(command),
      argument: readArgument(command),
    }),
  )
  return { commands, options: readOptions(program) }
}

/** `--help` too, which commander adds by itself. */
function readOptions(command: Command): OptionGrammar[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description, ...rest }) =>
      long === undefined || long === null
        ? []
        : [{ flag: long, help: description, value: readValue(long, rest) }],
    )
}

function readValue(
  long: string,
  { required, optional, argChoices: words }: Pick<Option, 'required' | 'optional' | 'argChoices'>,
): Value {
  if (!required && !optional) return { kind: 'none' }
  if (words !== undefined) return { kind: 'words', words }
  return PATHS.has(long) ? { kind: 'file' } : { kind: 'free' }
}

function readArgument({ registeredArguments }: Command): Value {
  const [first] = registeredArguments
  if (first === undefined) return { kind: 'none' }
  if (first.argChoices !== undefined) return { kind: 'words', words: first.argChoices }
  return first.name() === 'file' ? { kind: 'file' } : { kind: 'free' }
}
