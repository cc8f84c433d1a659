import { childrenOf, constantText, type TreeNode } from './tree.ts'

/** The name of a column that has none; where the column stands is known once the statement has run. */
export const namelessColumn = '_col?'

/** Rewrites the columns of a SELECT, each with the name that Trino gives it. */
export function nameColumns(columns: readonly TreeNode[], rewrite: (column: TreeNode) => TreeNode): TreeNode[] {
  return columns.map((column) => {
    const rewritten = rewrite(column)
    if (column.class === 'STAR' || column.alias || isNamedAsWritten(column)) return rewritten
    return { ...rewritten, alias: nameOf(column) ?? namelessColumn }
  })
}

/** Columns and fields of rows have their own name, in lower case. */
function nameOf(column: TreeNode): string | undefined {
  if (column.class === 'COLUMN_REF' && Array.isArray(column.column_names)) {
    const name = column.column_names.at(-1)
    return typeof name === 'string' && !timeWords.test(name) ? name.toLowerCase() : undefined
  }
  if (column.type === 'STRUCT_EXTRACT') return constantText(childrenOf(column)[1])?.toLowerCase()
  return undefined
}

/** DuckDB gives a column its name itself. */
function isNamedAsWritten(column: TreeNode): boolean {
  if (column.class !== 'COLUMN_REF' || !Array.isArray(column.column_names)) return false
  return nameOf(column) === column.column_names.at(-1)
}

const timeWords = /^(current_(date|time|timestamp)|local(time|timestamp))$/i

/** Columns that come out, by their places. */
export const outputNames = (names: readonly string[]): string[] =>
  names.map((name, index) => (name === namelessColumn ? `_col${index}` : name))
