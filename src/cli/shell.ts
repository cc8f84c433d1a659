/** The line by which a POSIX shell exports variables, whatever their values hold. */
export const exported = (variables: Readonly<Record<string, string>>): string =>
  ['export', ...Object.entries(variables).map(([name, value]) => `${name}=${word(value)}`)].join(' ')

/**
 * The variables by which AWS clients find a server. STS has one of its own, because SDKs for Go send the AssumeRole of a
 * profile to AWS itself when it is missing.
 */
export const endpointVariables = (endpoint: string) => ({ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_STS: endpoint })

/** As it is where that is safe, which is easier to read; else in quotes. */
const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
