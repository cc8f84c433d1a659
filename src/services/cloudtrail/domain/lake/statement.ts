import { invalidQueryStatement } from './errors.ts'

const id = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'

/** Texts, quoted names and comments, in which ids mean nothing, and ids. */
const parts = new RegExp(`'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\\n]*|/\\*[\\s\\S]*?\\*/|(?<![\\w-])(${id})(?![\\w-])`, 'g')

/** A statement as it can be run: its tables, which are ids of stores, as quoted names. */
export interface LakeStatement {
  text: string
  /** Ids of the stores that it names, in lower case. */
  stores: readonly string[]
}

/**
 * Reads a query: one SELECT over at least one event data store.
 * @throws ServiceError InvalidQueryStatementException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html
 */
export function readLakeStatement(given: string): LakeStatement {
  const stores = new Set<string>()
  let bare = ''
  let last = 0
  let text = ''
  for (const found of given.matchAll(parts)) {
    const [written, name] = found
    const between = given.slice(last, found.index)
    bare += between
    text += between
    last = found.index + written.length
    if (name === undefined) text += written
    else {
      stores.add(name.toLowerCase())
      text += `"${name.toLowerCase()}"`
    }
    bare += ' '
  }
  bare += given.slice(last)
  text += given.slice(last)
  if (!/^[\s(]*(select|with)\b/i.test(bare)) throw invalidQueryStatement('The statement must be a SELECT statement.')
  if (/;\s*\S/.test(bare)) throw invalidQueryStatement('Only one statement is allowed.')
  if (stores.size === 0) {
    throw invalidQueryStatement('The statement must name the ID of an event data store in its FROM clause.')
  }
  return { text, stores: [...stores] }
}
