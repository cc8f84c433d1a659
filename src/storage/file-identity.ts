import { statSync } from 'node:fs'

/** Tells a file from every other that may come to bear its name; undefined when there is none. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}/${found.ino}`
}
