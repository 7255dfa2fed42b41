import type { CommandGrammar, Grammar, OptionGrammar } from './completion-grammar.ts'

/** A script for bash 3.2 and newer: nothing of bash-completion is needed. */
export function toBash({ commands, options }: Grammar): string {
  const names = commands.map(({ name }) => name)
  return `_reprise() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${names.join('|')}) command="$word"; break ;;
    esac
  done
  case "$command:$before" in
${commands.flatMap(toValueCases).join('\n')}
  esac
  case "$command" in
    "") COMPREPLY=($(compgen -W "${[...names, ...flagsOf(options)].join(' ')}" -- "$current")) ;;
${commands.map(toCommandCase).join('\n')}
  esac
}
complete -o default -F _reprise reprise`
}

const flagsOf = (options: readonly OptionGrammar[]): string[] => options.map(({ flag }) => flag)

/** What follows an option that wants a value: its words; else nothing, for which bash itself offers files. */
function toValueCases({ name, options }: CommandGrammar): string[] {
  return options
    .filter(({ value }) => value.kind !== 'none')
    .map(({ flag, value }) => {
      const words = value.kind === 'words' ? `${toReply(value.words)}; ` : ''
      return `    ${name}:${flag}) ${words}return ;;`
    })
}

/** Options stand before a file only where a dash has been typed. */
function toCommandCase({ name, options, argument }: CommandGrammar): string {
  const words = [...flagsOf(options), ...(argument.kind === 'words' ? argument.words : [])]
  const guard = argument.kind === 'file' ? '[[ $current != -* ]] || ' : ''
  return `    ${name}) ${guard}${toReply(words)} ;;`
}

function toReply(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current"))`
}
