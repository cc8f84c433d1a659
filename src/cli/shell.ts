/** The line by which a POSIX shell exports variables, whatever their values hold. */
export const exported = (variables: Readonly<Record<string, string>>): string =>
  ['export', ...Object.entries(variables).map(([name, value]) => `${name}=${word(value)}`)].join(' ')

/** As it is where that is safe, which is easier to read; else in quotes. */
const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
