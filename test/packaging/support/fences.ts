/** A block of code in a page. */
export interface Fence {
  /** As it stands after the three backticks. */
  readonly language: string
  readonly code: string
}

/** The blocks of code of a Markdown page, in order; those of a list lose its indentation. */
export function readFences(markdown: string): Fence[] {
  const pattern = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm
  return [...markdown.matchAll(pattern)].map(([, indent = '', language = '', code = '']) => ({
    language,
    code: code
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n'),
  }))
}
