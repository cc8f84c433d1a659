import { SqlError, type SqlPlace } from '../sql-error.ts'
import { type RuleContext, rewriteCall } from './functions.ts'
import { nameColumns } from './output-names.ts'
import {
  callOf,
  castOf,
  childrenOf,
  constantText,
  integerOf,
  isNode,
  locationOf,
  operatorOf,
  type Tree,
  type TreeNode,
  textOf,
} from './tree.ts'

/** A table that a statement reads, by its names in lower case. */
export interface TableName {
  schema: string
  name: string
}

export interface NamedTable extends TableName {
  place: SqlPlace | undefined
}

export interface RewriteOptions {
  /** The only catalogue there is; names may begin with it. */
  catalog: string
  /** Of tables that are named without one. */
  schema: string
  /** The time that `now()` gives. */
  nowMs: number
  /** What a type could not be known before DuckDB had looked at the statement. */
  variant: Variant
  placeAt(offset: number): SqlPlace
}

/** Readings of functions that stand for lists as well as for maps: the tree has no types. */
export interface Variant {
  /** Arguments of CARDINALITY are maps. */
  countsMaps: boolean
  /** Arguments of UNNEST with several names are maps. */
  unnestsMaps: boolean
  /** Functions of dates have arguments whose types are not known, such as aggregates. */
  isUntyped: boolean
}

/** The statement as DuckDB runs it, and the tables that it reads. */
export interface Rewritten {
  tree: Tree
  tables: NamedTable[]
}

/**
 * Makes the tree of a statement in Trino's dialect into one that DuckDB runs, and checks all of it on the way: it is one SELECT, its
 * tables are those of the catalogue and its queries, and its functions those of the list. What is unknown is refused.
 * @throws SqlError
 */
export function rewrite(tree: Tree, options: RewriteOptions): Rewritten {
  const [statement, ...others] = tree.statements
  if (!statement || others.length > 0) throw new SqlError('SYNTAX_ERROR', 'Only one sql statement is allowed.')
  const rewriter = new Rewriter(options)
  const statements = [rewriter.statement(statement)]
  return { tree: { error: false, statements }, tables: [...rewriter.tables.values()] }
}

/** Names of queries that a part of the statement sees. */
type Scope = ReadonlySet<string>

const expressionClasses = new Set([
  ...['CASE', 'CAST', 'COLUMN_REF', 'COMPARISON', 'CONJUNCTION', 'CONSTANT', 'FUNCTION', 'OPERATOR', 'BETWEEN'],
  ...['WINDOW', 'SUBQUERY', 'STAR', 'LAMBDA'],
])

class Rewriter {
  readonly tables = new Map<string, NamedTable>()
  readonly #options: RewriteOptions
  readonly #rules: RuleContext

  constructor(options: RewriteOptions) {
    this.#options = options
    this.#rules = { placeOf: (node) => this.#placeOf(node) }
  }

  statement(statement: TreeNode): TreeNode {
    return { ...statement, node: this.#query(statement.node, new Set()) }
  }

  #placeOf(node: TreeNode): SqlPlace | undefined {
    for (const inner of [node, node.child, ...childrenOf(node)]) {
      const location = isNode(inner) ? locationOf(inner) : undefined
      if (location !== undefined) return this.#options.placeAt(location)
    }
    return undefined
  }

  #refuse(node: TreeNode, what: string): SqlError {
    return new SqlError('NOT_SUPPORTED', `${what} is not supported`, this.#placeOf(node))
  }

  #query(query: unknown, outer: Scope): TreeNode {
    if (!isNode(query)) throw new Error('a query of the tree is not a node')
    const { map, scope } = this.#commonTables(query, outer)
    const common = { cte_map: { map }, modifiers: this.#members(query.modifiers, scope) }
    switch (query.type) {
      case 'SELECT_NODE':
        return this.#select({ ...query, ...common }, scope)
      case 'SET_OPERATION_NODE':
        return {
          ...{ ...query, ...common },
          ...(query.left !== undefined && { left: this.#query(query.left, scope) }),
          ...(query.right !== undefined && { right: this.#query(query.right, scope) }),
          ...(Array.isArray(query.children) && { children: query.children.map((child) => this.#query(child, scope)) }),
        }
      case 'RECURSIVE_CTE_NODE': {
        const within = new Set([...scope, String(query.cte_name).toLowerCase()])
        return { ...query, ...common, left: this.#query(query.left, scope), right: this.#query(query.right, within) }
      }
      default:
        throw this.#refuse(query, `A query of the form ${query.type}`)
    }
  }

  /** Each of the queries of WITH sees those before it. */
  #commonTables(query: TreeNode, outer: Scope): { map: unknown[]; scope: Scope } {
    const entries = isNode(query.cte_map) && Array.isArray(query.cte_map.map) ? query.cte_map.map : []
    let scope = outer
    const map = entries.map((entry) => {
      const { key, value } = entry as { key: string; value: TreeNode }
      const inner = value.query as TreeNode
      const rewritten = { key, value: { ...value, query: { ...inner, node: this.#query(inner.node, scope) } } }
      scope = new Set([...scope, key.toLowerCase()])
      return rewritten
    })
    return { map, scope }
  }

  #select(query: TreeNode, scope: Scope): TreeNode {
    const { select_list: list, from_table: from } = query
    const written = Array.isArray(list) ? (list as TreeNode[]) : []
    const named = nameColumns(written, (node) => this.#expression(node, scope))
    const rest = Object.entries(query).map(([member, value]) => {
      if (['select_list', 'from_table', 'cte_map', 'modifiers', 'type'].includes(member)) return [member, value]
      return [member, this.#members(value, scope)]
    })
    return { ...Object.fromEntries(rest), select_list: named, from_table: this.#source(from, scope) }
  }

  #source(source: unknown, scope: Scope): TreeNode {
    if (!isNode(source)) throw new Error('a source of the tree is not a node')
    switch (source.type) {
      case 'EMPTY':
        return source
      case 'BASE_TABLE':
        return this.#table(source, scope)
      case 'SUBQUERY': {
        const inner = source.subquery as TreeNode
        return { ...source, subquery: { ...inner, node: this.#query(inner.node, scope) } }
      }
      case 'JOIN':
        return {
          ...source,
          left: this.#source(source.left, scope),
          right: this.#source(source.right, scope),
          condition: this.#members(source.condition, scope),
        }
      case 'EXPRESSION_LIST':
        return { ...source, values: this.#members(source.values, scope) }
      case 'TABLE_FUNCTION':
        return this.#unnest(source, scope)
      default:
        throw this.#refuse(source, `A table of the form ${source.type}`)
    }
  }

  #table(table: TreeNode, scope: Scope): TreeNode {
    const [catalog, schema, name] = [table.catalog_name, table.schema_name, table.table_name].map((part) =>
      String(part).toLowerCase(),
    )
    if (!name) throw this.#refuse(table, 'A table without a name')
    if (table.at_clause) throw this.#refuse(table, 'Time travel')
    if (!schema && !catalog && scope.has(name)) return table
    const place = this.#placeOf(table)
    // Of three names the first is the catalogue; of two it can only be a schema.
    if (catalog && catalog !== this.#options.catalog) {
      throw new SqlError('CATALOG_NOT_FOUND', `Catalog '${catalog}' does not exist`, place)
    }
    const found = { schema: schema || this.#options.schema, name, place }
    if (!found.schema)
      throw new SqlError('SYNTAX_ERROR', 'Schema must be specified when session schema is not set', place)
    const key = JSON.stringify([found.schema, found.name])
    if (!this.tables.has(key)) this.tables.set(key, found)
    return { ...table, catalog_name: '', schema_name: found.schema, table_name: name }
  }

  /** UNNEST of several lists, of maps, and of lists of rows into their columns, becomes a query beside the others. */
  #unnest(source: TreeNode, scope: Scope): TreeNode {
    const call = source.function as TreeNode
    const name = String(call.function_name).toLowerCase()
    if (name !== 'unnest' || call.catalog !== '') {
      throw new SqlError('FUNCTION_NOT_FOUND', `Table function '${name}' not registered`, this.#placeOf(source))
    }
    const lists = childrenOf(call).map((list) => this.#expression(list, scope))
    const aliases = Array.isArray(source.column_name_alias) ? source.column_name_alias : []
    const isCounted = source.with_ordinality === 'WITH_ORDINALITY'
    const named = aliases.length - (isCounted ? 1 : 0)
    if (lists.length === 1 && named <= 1) return { ...source, function: { ...call, children: lists } }
    const entries = lists.map((list) => (this.#options.variant.unnestsMaps ? callOf('map_entries', [list]) : list))
    const isExpanded = entries.length === 1
    const columns = entries.map((list) =>
      callOf('unnest', isExpanded ? [list, { ...integerOf(2), alias: 'max_depth' }] : [list]),
    )
    if (isCounted) {
      const longest = callOf(
        'greatest',
        entries.map((list) => callOf('len', [list])),
      )
      columns.push(callOf('unnest', [callOf('range', [integerOf(1), operatorOf('+', [longest, integerOf(1)])])]))
    }
    const node = {
      ...{ type: 'SELECT_NODE', modifiers: [], cte_map: { map: [] }, select_list: columns },
      from_table: { type: 'EMPTY', alias: '', sample: null, query_location: source.query_location },
      ...{ where_clause: null, group_expressions: [], group_sets: [], aggregate_handling: 'STANDARD_HANDLING' },
      ...{ having: null, sample: null, qualify: null },
    }
    return {
      ...{ type: 'SUBQUERY', alias: source.alias || 'unnested', sample: null, query_location: source.query_location },
      ...{ subquery: { node, named_param_map: [] }, column_name_alias: aliases },
    }
  }

  /** Rewrites the expressions in a part of the tree. */
  #members(value: unknown, scope: Scope): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#members(item, scope))
    if (!isNode(value)) return value
    if (value.class !== undefined) return this.#expression(value, scope)
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, this.#members(inner, scope)]))
  }

  #expression(node: TreeNode, scope: Scope): TreeNode {
    if (!expressionClasses.has(String(node.class))) throw this.#refuse(node, `An expression of the form ${node.class}`)
    switch (node.class) {
      case 'CONSTANT':
        // Written as text, 1E0 would be a decimal.
        return isNode(node.value) && isNode(node.value.type) && node.value.type.id === 'DOUBLE'
          ? castOf({ ...node, alias: '' }, 'DOUBLE', node)
          : node
      case 'COLUMN_REF':
        return this.#column(node)
      case 'LAMBDA':
        return { ...node, expr: this.#members(node.expr, scope) }
      case 'CAST':
        return this.#cast({ ...node, child: this.#members(node.child, scope) })
      case 'SUBQUERY': {
        const inner = node.subquery as TreeNode
        const child = this.#members(node.child, scope)
        return { ...node, child, subquery: { ...inner, node: this.#query(inner.node, scope) } }
      }
      case 'STAR':
        if (node.columns) throw this.#refuse(node, 'COLUMNS')
        return this.#inner(node, scope)
      case 'WINDOW': {
        const inner = this.#inner(node, scope)
        return { ...inner, function_name: this.#windowFunction(inner) }
      }
      case 'FUNCTION':
        return this.#call(this.#inner(node, scope))
      default:
        return this.#inner(node, scope)
    }
  }

  #inner(node: TreeNode, scope: Scope): TreeNode {
    return Object.fromEntries(Object.entries(node).map(([member, inner]) => [member, this.#members(inner, scope)]))
  }

  #call(call: TreeNode): TreeNode {
    const name = String(call.function_name).toLowerCase()
    const now = this.#timeOf(name, call)
    if (now) return now
    const rewritten = rewriteCall(call, this.#rules)
    if (this.#options.variant.isUntyped && /^trino_(plus|minus|iso)$/.test(String(rewritten.function_name))) {
      return { ...rewritten, function_name: `${rewritten.function_name}_any` }
    }
    const countsLists = name === 'cardinality' && !this.#options.variant.countsMaps
    return countsLists ? { ...rewritten, function_name: 'len' } : rewritten
  }

  #windowFunction(window: TreeNode): string {
    const call = callOf(String(window.function_name), childrenOf(window), window)
    const rewritten = rewriteCall(call, this.#rules)
    if (rewritten.class !== 'FUNCTION' || childrenOf(rewritten).length !== childrenOf(call).length) {
      throw this.#refuse(window, `${window.function_name} as a window function`)
    }
    return String(rewritten.function_name)
  }

  #column(column: TreeNode): TreeNode {
    const names = Array.isArray(column.column_names) ? column.column_names.map(String) : []
    const [first = ''] = names
    const now = names.length === 1 ? this.#timeOf(first.toLowerCase(), column) : undefined
    if (now) return now
    if (names.length > 2 && first.toLowerCase() === this.#options.catalog) {
      return { ...column, column_names: names.slice(1) }
    }
    return column
  }

  /** What Trino calls the present: that of the server's clock, which may have been moved. */
  #timeOf(name: string, node: TreeNode): TreeNode | undefined {
    const iso = new Date(this.#options.nowMs).toISOString()
    switch (name) {
      case 'now':
      case 'current_timestamp':
        return castOf(textOf(iso), 'TIMESTAMP WITH TIME ZONE', node)
      case 'current_date':
        return castOf(textOf(iso.slice(0, 10)), 'DATE', node)
      case 'localtimestamp':
        return castOf(textOf(iso.slice(0, -1)), 'TIMESTAMP', node)
      default:
        return undefined
    }
  }

  #cast(cast: TreeNode): TreeNode {
    const child = cast.child as TreeNode
    const type = cast.cast_type as TreeNode
    const name = isNode(type.type_info) ? String(type.type_info.name ?? '').toLowerCase() : ''
    if (name === 'ipaddress') return callOf(cast.try_cast ? 'trino_try_ip' : 'trino_ip', [child], cast)
    if (name === 'json' && constantText(child) === undefined) return callOf('to_json', [child], cast)
    const isJson = child.class === 'FUNCTION' && child.function_name === 'trino_json_extract'
    if (type.id === 'VARCHAR' && isJson) return callOf('trino_json_text', [child], cast)
    return cast
  }
}
