import type { CommandGrammar, Grammar, OptionGrammar, Value } from './completion-grammar.ts'

/** A script for fish. */
export function toFish({ commands, options }: Grammar): string {
  return [
    'complete -c reprise -f',
    ...options.map((option) => toLine('__fish_use_subcommand', option)),
    ...commands.flatMap(toLines),
  ].join('\n')
}

function toLines({ name, help, options, argument }: CommandGrammar): string[] {
  const inside = `__fish_seen_subcommand_from ${name}`
  return [
    `complete -c reprise -n __fish_use_subcommand -a ${name} -d ${quote(help)}`,
    ...options.map((option) => toLine(inside, option)),
    ...toArgument(inside, argument),
  ]
}

function toLine(condition: string, { flag, help, value }: OptionGrammar): string {
  const name = flag.replace(/^--/, '')
  return `complete -c reprise -n ${quote(condition)} -l ${name}${toAction(value)} -d ${quote(help)}`
}

function toAction(value: Value): string {
  switch (value.kind) {
    case 'none':
      return ''
    case 'file':
      return ' -r -F'
    case 'words':
      return ` -x -a ${quote(value.words.join(' '))}`
    case 'free':
      return ' -x'
  }
}

function toArgument(condition: string, value: Value): string[] {
  if (value.kind === 'file') return [`complete -c reprise -n ${quote(condition)} -F`]
  if (value.kind !== 'words') return []
  return [`complete -c reprise -n ${quote(condition)} -a ${quote(value.words.join(' '))}`]
}

/** Within single quotes fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replace(/['\\]/g, (letter) => `\\${letter}`)}'`
}
