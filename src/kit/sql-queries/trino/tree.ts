// The tree of a SELECT statement as DuckDB's parser gives it (`json_serialize_sql`) and takes it back (`json_deserialize_sql`).

/** A node of the tree: an expression, a table, a query, or a part of one. Members that no rule looks at stay as they are. */
export interface TreeNode {
  class?: string
  type?: unknown
  alias?: string
  query_location?: unknown
  [member: string]: unknown
}

export interface Tree {
  error: false
  statements: TreeNode[]
}

/** A text that the parser does not take. */
export interface ParseFailure {
  error: true
  error_type: string
  error_message: string
  /** In bytes of the text. */
  position?: string
}

/** Reads the parser's answer. Numbers that JavaScript does not hold exactly stay as they are written. */
export const readTree = (json: string): Tree | ParseFailure =>
  JSON.parse(json, (_member, value, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && !isExact(value, context.source)
      ? rawJson(context.source)
      : value,
  )

/** Whether JavaScript writes a number as it was read: 1.0 is another constant than 1. */
const isExact = (value: number, source: string) => Number.isSafeInteger(value) && String(value) === source

// Of ECMAScript 2026; TypeScript's library does not have them yet.
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}

/** Returns whether a value is a node or a part of a node, not a list, a text or a number. */
export const isNode = (value: unknown): value is TreeNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value)

/** Returns where a node stands in the text, in bytes; undefined for what the parser has added. */
export const locationOf = ({ query_location: location }: TreeNode): number | undefined =>
  typeof location === 'number' ? location : undefined

/** The location that the parser gives to what stands nowhere. */
const nowhere = rawJson('18446744073709551615')

export const childrenOf = ({ children }: TreeNode): TreeNode[] => (Array.isArray(children) ? children : [])

/** All nodes of a tree, parents before children. */
export function* nodesOf(value: unknown): Generator<TreeNode> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item)
  if (!isNode(value)) return
  yield value
  for (const member of Object.values(value)) yield* nodesOf(member)
}

/** Returns a copy of a tree with another node in place of some. */
export function mapNodes(value: unknown, each: (node: TreeNode) => TreeNode | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => mapNodes(item, each))
  if (!isNode(value)) return value
  const instead = each(value)
  if (instead) return instead
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, mapNodes(inner, each)]))
}

export const callOf = (name: string, children: readonly TreeNode[], like: TreeNode = {}): TreeNode => ({
  ...{ class: 'FUNCTION', type: 'FUNCTION', alias: like.alias ?? '', query_location: like.query_location ?? nowhere },
  ...{ function_name: name, schema: '', children, filter: null, order_bys: { type: 'ORDER_MODIFIER', orders: [] } },
  ...{ distinct: false, is_operator: false, export_state: false, catalog: '' },
})

export const operatorOf = (sign: string, children: readonly TreeNode[], like?: TreeNode): TreeNode => ({
  ...callOf(sign, children, like),
  is_operator: true,
})

export const textOf = (value: string): TreeNode => constantOf('VARCHAR', value)
export const integerOf = (value: number): TreeNode => constantOf('INTEGER', value)
export const nullOf = (): TreeNode => ({
  ...constantOf('NULL', null),
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
})

const constantOf = (id: string, value: unknown): TreeNode => ({
  ...{ class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', query_location: nowhere },
  value: { type: { id, type_info: null }, is_null: false, value },
})

export const castOf = (child: TreeNode, id: string, like: TreeNode = {}): TreeNode => ({
  ...{ class: 'CAST', type: 'OPERATOR_CAST', alias: like.alias ?? '', query_location: like.query_location ?? nowhere },
  ...{ child, cast_type: { id, type_info: null }, try_cast: false },
})

/** The text of a constant; undefined for every other expression. */
export function constantText(node: TreeNode | undefined): string | undefined {
  if (node?.class !== 'CONSTANT' || !isNode(node.value) || node.value.is_null) return undefined
  return typeof node.value.value === 'string' ? node.value.value : undefined
}
