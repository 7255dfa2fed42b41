/** One instruction of a Dockerfile, continuation lines joined. */
export interface Instruction {
  /** In capitals, as `RUN`. */
  readonly name: string
  readonly text: string
}

/** What stands between one `FROM` and the next. */
export interface Stage {
  /** The image it begins with, build arguments put in. */
  readonly image: string
  /** What other stages call it; empty for the last one. */
  readonly alias: string
  readonly instructions: readonly Instruction[]
}

/** Reads the stages of a Dockerfile: comments go, defaults of `ARG`s before the first `FROM` are put into images. */
export function readStages(text: string): Stage[] {
  const defaults = new Map<string, string>()
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  for (const instruction of readInstructions(text)) {
    const stage = stages.at(-1)
    if (instruction.name === 'FROM') {
      const [image = '', , alias = ''] = instruction.text.split(/\s+/)
      const put = (_: string, name: string): string => defaults.get(name) ?? ''
      stages.push({ image: image.replace(/\$\{(\w+)\}/g, put), alias, instructions: [] })
    } else if (stage !== undefined) {
      stage.instructions.push(instruction)
    } else {
      const [name = '', value = ''] = instruction.text.split('=')
      defaults.set(name, value)
    }
  }
  return stages
}

function readInstructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => {
      const [name = ''] = line.split(' ', 1)
      return { name, text: line.slice(name.length).trim() }
    })
}

/** The texts of all instructions of one name. */
export function textsOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((each) => each.name === name).map(({ text }) => text)
}

/** The variables that a stage sets with `ENV`. */
export function readVariables(stage: Stage): Record<string, string> {
  const pairs = textsOf(stage, 'ENV').flatMap((text) => text.split(/\s+/))
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
}

/** The arguments of an instruction in exec form; throws where it is in shell form. */
export function readExecForm(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as string[]
}
