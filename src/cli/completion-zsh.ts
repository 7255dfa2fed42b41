import type { CommandGrammar, Grammar, OptionGrammar, Value } from './completion-grammar.ts'

/** A script for zsh, to be sourced after compinit. */
export function toZsh({ commands, options }: Grammar): string {
  return `#compdef reprise
_reprise() {
  local -a commands
  commands=(
${commands.map(({ name, help }) => `    ${quote(`${name}:${help}`)}`).join('\n')}
  )
  local context state line
  _arguments -C ${options.map(toSpec).join(' ')} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest)
      case $line[1] in
${commands.map(toCase).join('\n')}
      esac ;;
  esac
}
compdef _reprise reprise`
}

function toCase({ name, options, argument }: CommandGrammar): string {
  const specs = [...options.map(toSpec), ...toArgument(argument)]
  return `        ${name}) _arguments ${specs.join(' ')} ;;`
}

/** As _arguments reads it: flag, help, value, action. */
function toSpec({ flag, help, value }: OptionGrammar): string {
  const told = help.replace(/[[\]:\\]/g, (letter) => `\\${letter}`)
  return quote(`${flag}[${told}]${toAction('value', value)}`)
}

function toArgument(value: Value): string[] {
  return value.kind === 'none' ? [] : [quote(`1${toAction('argument', value)}`)]
}

function toAction(name: string, value: Value): string {
  switch (value.kind) {
    case 'none':
      return ''
    case 'file':
      return `:${name}:_files`
    case 'words':
      return `:${name}:(${value.words.join(' ')})`
    case 'free':
      return `:${name}: `
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
