/** The root key cannot be used; the message says what to do. */
export class RootKeyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RootKeyError'
  }
}

/** The database was sealed under another root key. */
export class WrongRootKeyError extends RootKeyError {
  /** @param provider - which root key was tried. */
  constructor(provider: string) {
    super(
      `The root key does not open this database: it comes from ${provider}, and the database was sealed under another. ` +
        'Check that the data directory or database URL and the root key belong together. Nothing was changed.',
    )
    this.name = 'WrongRootKeyError'
  }
}

/** @param text - 32 bytes as base64 or hex; white space around them does not count. @param from - for the message. */
export function parseRootKey(text: string, from: string): Buffer {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex')
  if (/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64')
  throw new RootKeyError(
    `${from} does not hold a root key: use 32 bytes as base64 or hex, such as \`openssl rand -base64 32\` prints.`,
  )
}
