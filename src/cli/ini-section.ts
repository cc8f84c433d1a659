/**
 * A section of an AWS configuration file, found and changed as the AWS CLI reads such files: a line that is indented deeper
 * than the option before it belongs to that option.
 */
interface IniSection {
  /** Place of the header among the lines. */
  header: number
  /** In lower case, as options are compared; `to` is the place behind the option's last line. */
  options: { name: string; value: string; from: number; to: number; indent: string }[]
}

/** Every line with its ending, so that joined they are the text again. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** The last section whose header has a name, `[profile one] ; note` having `profile one`. */
function findSection(lines: readonly string[], isNamed: (name: string) => boolean): IniSection | undefined {
  let found: IniSection | undefined
  let inside: IniSection | undefined
  let optionIndent = Number.POSITIVE_INFINITY
  lines.forEach((line, place) => {
    const [, indent = '', text = ''] = /^([^\S\n]*)(.*?)\s*$/s.exec(line) ?? []
    if (text === '' || /^[#;]/.test(text)) return
    if (indent.length > optionIndent) {
      const option = inside?.options.at(-1)
      if (option) option.to = place + 1
      return
    }
    const [, name] = /^\[([^\]]+)\]/.exec(text) ?? []
    if (name !== undefined) {
      inside = isNamed(name) ? { header: place, options: [] } : undefined
      found = inside ?? found
      optionIndent = Number.POSITIVE_INFINITY
      return
    }
    const [, option = '', value = ''] = /^(.*?)\s*(?:[=:]\s*(.*))?$/s.exec(text) ?? []
    inside?.options.push({ name: option.toLowerCase(), value, from: place, to: place + 1, indent })
    optionIndent = indent.length
  })
  return found
}

/** Reads the values of a section; undefined when there is none. */
export function readSection(text: string, isNamed: (name: string) => boolean): Record<string, string> | undefined {
  const section = findSection(linesOf(text), isNamed)
  return section && Object.fromEntries(section.options.map(({ name, value }) => [name, value]))
}

/**
 * The text with a section saying these values, and every line of anything else as it was.
 * @param header - of the section that is added at the end where there is none, with its brackets.
 * @param values - by option; undefined removes it. One that begins with a newline has options of its own, one a line, indented.
 */
export function writeSection(
  text: string,
  isNamed: (name: string) => boolean,
  header: string,
  values: Readonly<Record<string, string | undefined>>,
): string {
  const lines = linesOf(text)
  const ending = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n'
  const wanted = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const section = findSection(lines, isNamed)
  if (!section) {
    const added = [header + ending, ...wanted.map(([name, value]) => optionLines(name, value, '', ending))]
    const gap = text === '' ? '' : text.endsWith('\n') ? ending : ending + ending
    return text + gap + added.join('')
  }
  const written = new Set<string>()
  for (const { name, from, to, indent } of section.options.filter((option) => Object.hasOwn(values, option.name))) {
    const value = values[name]
    const stays = value !== undefined && !written.has(name)
    if (stays) written.add(name)
    for (let place = from; place < to; place++) {
      const isComment = place > from && /^\s*([#;].*)?$/s.test(lines[place] ?? '')
      if (!isComment) lines[place] = stays && place === from ? optionLines(name, value, indent, ending) : ''
    }
  }
  const missing = wanted.filter(([name]) => !written.has(name))
  // Indented less than the option that follows, a line would take that in as its own.
  const indent = section.options[0]?.indent ?? ''
  const headerLine = (lines[section.header] ?? '').replace(/[^\n]$/, `$&${ending}`)
  lines[section.header] = headerLine + missing.map(([name, value]) => optionLines(name, value, indent, ending)).join('')
  return lines.join('')
}

function optionLines(name: string, value: string, indent: string, ending: string): string {
  const [first = '', ...nested] = value.split('\n')
  const lines = [`${name} =${first === '' ? '' : ` ${first}`}`, ...nested]
  return lines.map((line) => indent + line + ending).join('')
}
