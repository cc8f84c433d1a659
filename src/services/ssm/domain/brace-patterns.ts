/** `a-{b,c}` stands for `a-b` and `a-c`; several braces for all combinations. */
export function expandBraces(pattern: string): string[] {
  const match = /^([^{]*)\{([^}]*)\}([\s\S]*)$/.exec(pattern)
  if (!match) return [pattern]
  const [, before = '', choices = '', after = ''] = match
  const rests = expandBraces(after)
  return choices.split(',').flatMap((choice) => rests.map((rest) => before + choice + rest))
}
