import type { TableName } from './rewrite.ts'
import { constantText, isNode, nodesOf, type Tree, type TreeNode } from './tree.ts'

/** A condition on the partitions of a table: it names their columns alone. */
export interface PartitionCondition {
  columns: ReadonlySet<string>
  /** Columns are named without their table. */
  expression: TreeNode
}

/**
 * The conditions that a statement has for partitions of a table: what one SELECT that reads it asks for, in each. Rows of partitions
 * that meet none of the lists do not count.
 * @param tree - as rewritten.
 * @param keys - names of the table's partition columns, in lower case.
 */
export function partitionConditions(tree: Tree, table: TableName, keys: ReadonlySet<string>): PartitionCondition[][] {
  const found: PartitionCondition[][] = []
  for (const node of nodesOf(tree.statements)) {
    if (node.type !== 'SELECT_NODE') continue
    for (const { alias, isOptional } of usesIn(node.from_table, table)) {
      const conjuncts = isOptional ? [] : conjunctsOf(node.where_clause)
      found.push(conjuncts.flatMap((conjunct) => conditionOn(conjunct, alias, keys) ?? []))
    }
  }
  return found
}

/** The values that a column is compared with, where a condition allows no others. */
export function equalValues(conditions: readonly PartitionCondition[], column: string): string[] | undefined {
  for (const { columns, expression } of conditions) {
    if (columns.size !== 1 || !columns.has(column)) continue
    const values = valuesIn(expression)
    if (values) return values
  }
  return undefined
}

function valuesIn(expression: TreeNode): string[] | undefined {
  const { type, left, right, children } = expression
  const operands =
    type === 'COMPARE_EQUAL' ? [left, right] : type === 'COMPARE_IN' && Array.isArray(children) ? children : []
  const values = operands.filter(isNode).flatMap((node) => constantText(node) ?? numberText(node) ?? [])
  return values.length > 0 && values.length === operands.length - 1 ? values : undefined
}

function numberText(node: TreeNode): string | undefined {
  if (node.class !== 'CONSTANT' || !isNode(node.value) || !isNode(node.value.type)) return undefined
  const { value, type } = node.value
  return typeof value === 'number' && /INT/.test(String(type.id)) ? String(value) : undefined
}

interface TableUse {
  alias: string
  /** It is on the side of an outer join that may be missing: a condition does not only take rows away. */
  isOptional: boolean
}

function* usesIn(source: unknown, table: TableName, isOptional = false): Generator<TableUse> {
  if (!isNode(source)) return
  if (source.type === 'JOIN') {
    const join = String(source.join_type)
    const isInner = join === 'INNER' || join === 'SEMI' || join === 'ANTI'
    yield* usesIn(source.left, table, isOptional || !(isInner || join === 'LEFT'))
    yield* usesIn(source.right, table, isOptional || !isInner)
    return
  }
  const isTable =
    source.type === 'BASE_TABLE' && source.schema_name === table.schema && source.table_name === table.name
  // Names of its columns that the statement gives are not the table's.
  const isRenamed = Array.isArray(source.column_name_alias) && source.column_name_alias.length > 0
  if (isTable) yield { alias: String(source.alias || table.name), isOptional: isOptional || isRenamed }
}

function conjunctsOf(condition: unknown): TreeNode[] {
  if (!isNode(condition)) return []
  if (condition.class === 'CONJUNCTION' && condition.type === 'CONJUNCTION_AND' && Array.isArray(condition.children)) {
    return condition.children.flatMap(conjunctsOf)
  }
  return [condition]
}

/** Functions that do not give the same for the same. */
const changing = /^(random|uuid)$/

function conditionOn(conjunct: TreeNode, alias: string, keys: ReadonlySet<string>): PartitionCondition | undefined {
  const columns = new Set<string>()
  for (const node of nodesOf(conjunct)) {
    if (node.class === 'SUBQUERY' || node.class === 'WINDOW' || node.class === 'LAMBDA') return undefined
    if (node.class === 'FUNCTION' && changing.test(String(node.function_name))) return undefined
    if (node.class !== 'COLUMN_REF') continue
    const names = Array.isArray(node.column_names) ? node.column_names.map((name) => String(name).toLowerCase()) : []
    const column = names.at(-1) ?? ''
    const isQualified = names.length === 2 && names[0] === alias.toLowerCase()
    if (!keys.has(column) || !(names.length === 1 || isQualified)) return undefined
    columns.add(column)
  }
  return columns.size > 0 ? { columns, expression: unqualified(conjunct) as TreeNode } : undefined
}

function unqualified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unqualified)
  if (!isNode(value)) return value
  if (value.class === 'COLUMN_REF' && Array.isArray(value.column_names)) {
    return { ...value, column_names: [String(value.column_names.at(-1)).toLowerCase()] }
  }
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, unqualified(inner)]))
}
