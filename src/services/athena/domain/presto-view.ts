import type { ResultColumn } from '../../../kit/sql-queries/sources.ts'

// Views as Athena keeps them in the catalogue: their statement is JSON in base64, in a comment.

interface ViewDefinition {
  originalSql: string
  catalog: string
  schema: string
  columns: readonly { name: string; type: string }[]
}

export const isView = (tableType: string | undefined): boolean => tableType === 'VIRTUAL_VIEW'

export function printView(query: string, schema: string, catalog: string, columns: readonly ResultColumn[]): string {
  const definition: ViewDefinition = {
    ...{ originalSql: query, catalog, schema },
    columns: columns.map(({ name, type }) => ({ name, type })),
  }
  return `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`
}

/** @returns undefined for a view of another engine. */
export function readView(text: string | undefined): Pick<ViewDefinition, 'originalSql' | 'schema'> | undefined {
  const [, encoded] = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/.exec(text?.trim() ?? '') ?? []
  if (encoded === undefined) return undefined
  try {
    const { originalSql, schema } = JSON.parse(Buffer.from(encoded, 'base64').toString())
    return typeof originalSql === 'string' && typeof schema === 'string' ? { originalSql, schema } : undefined
  } catch {
    return undefined
  }
}
