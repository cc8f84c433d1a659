import type { ApartReader, Migration, Sql, SqlReader, SqlValue } from '../core/sql.ts'
import { storageMigrations } from './schema.ts'
import { schemaAfter } from './schema-check.ts'

/** How names of what belongs to a service begin. */
const prefixOf = (service: string) => `${service.replaceAll('-', '_')}_`

/**
 * Refuses migrations of a service that make tables or indexes whose names do not begin with the service's.
 * @throws Error
 */
export async function checkOwnMigrations(service: string, migrations: readonly Migration[]): Promise<void> {
  const before = await schemaAfter(storageMigrations)
  for (const made of (await schemaAfter([...storageMigrations, ...migrations])).keys()) {
    const [kind, name = ''] = made.split(' ')
    if (!before.has(made) && !name.startsWith(prefixOf(service))) {
      throw new Error(`${service} makes the ${kind} ${name}: its name must begin with ${prefixOf(service)}`)
    }
  }
}

/** Reads of a service's own tables alone. */
export const ownReader = (service: string, sql: SqlReader): SqlReader => ({
  dialect: sql.dialect,
  all: async <R extends Record<string, SqlValue>>(statement: string, parameters?: readonly SqlValue[]) =>
    sql.all<R>(own(service, statement), parameters),
})

/** The same beside the serving thread. */
export const ownReaderApart = (service: string, sql: ApartReader): ApartReader => ({
  ...ownReader(service, sql),
  pageRows: sql.pageRows,
})

/** A service's own tables alone, inside a transaction. */
export const ownSql = (service: string, sql: Sql): Sql => ({
  ...ownReader(service, sql),
  run: async (statement, parameters) => sql.run(own(service, statement), parameters),
})

const checked = new Map<string, Set<string>>()

/** Texts are constants, so each is looked at once. @throws Error */
function own(service: string, statement: string): string {
  const known = checked.get(service) ?? new Set()
  checked.set(service, known)
  if (known.has(statement)) return statement
  const foreign = foreignPart(prefixOf(service), statement)
  if (foreign !== undefined) throw new Error(`${service} may use its own tables alone, and not ${foreign}`)
  known.add(statement)
  return statement
}

/**
 * What a statement does beside reading and changing tables whose names have a prefix; undefined when nothing. It guards against
 * mistakes: statements are a service's own code. What it does not understand (quoted names, functions as tables) it refuses.
 */
function foreignPart(prefix: string, statement: string): string | undefined {
  const tokens = statement.replace(/'(?:[^']|'')*'/g, "''").match(/\w+|--|\/\*|[^\s\w]/g) ?? []
  const first = tokens[0]?.toUpperCase()
  if (!first || !beginnings.has(first)) return `a statement that begins with ${tokens[0]}`
  const odd = tokens.find((token) => oddTokens.has(token))
  if (odd !== undefined) return `statements with ${odd}`
  const named = new Set(
    [...statement.matchAll(/\b(\w+)(?:\s*\([\w\s,]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(/gi)].map(
      ([, name]) => name,
    ),
  )
  // For each bracket that is open: whether a comma is followed by a table.
  const inFrom: boolean[] = [false]
  let isTable = false
  for (const [place, token] of tokens.entries()) {
    const word = token.toUpperCase()
    const before = tokens[place - 1]?.toUpperCase()
    if (token === '(') inFrom.push(isTable)
    else if (token === ')') inFrom.pop()
    else if (token === ',') isTable = inFrom.at(-1) ?? false
    else if (word === 'FROM' || word === 'JOIN') {
      inFrom[inFrom.length - 1] = true
      isTable = true
    } else if (word === 'INTO' || (word === 'UPDATE' && before !== 'DO' && before !== 'FOR')) isTable = true
    else if (endsOfFrom.has(word)) {
      inFrom[inFrom.length - 1] = false
      isTable = false
    } else if (isTable) {
      const next = tokens[place + 1]
      const isFunction = next === '(' && before !== 'INTO'
      if (isFunction || next === '.' || !(token.startsWith(prefix) || named.has(token))) return token
      isTable = false
    }
  }
  return undefined
}

const beginnings = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'WITH'])
const oddTokens = new Set(['"', '`', '[', ';', '--', '/*', '$'])
const endsOfFrom = new Set(
  'SELECT VALUES WHERE GROUP ORDER HAVING LIMIT OFFSET UNION EXCEPT INTERSECT SET RETURNING WINDOW'.split(' '),
)
