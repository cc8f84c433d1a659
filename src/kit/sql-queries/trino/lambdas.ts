import { callOf, childrenOf, integerOf, isNode, mapNodes, type TreeNode } from './tree.ts'

/** Functions of lists that take a lambda. A call of another form is left to DuckDB, which refuses it. */
export function rewriteLambda(call: TreeNode): TreeNode {
  const [list, lambda, ...more] = childrenOf(call)
  if (!list || !lambda) return call
  switch (String(call.function_name).toLowerCase()) {
    case 'filter':
      return callOf('list_filter', [list, lambda], call)
    case 'transform':
      return callOf('list_transform', [list, lambda], call)
    case 'any_match':
      return compared('COMPARE_GREATERTHAN', matching(list, lambda), call)
    case 'none_match':
      return compared('COMPARE_EQUAL', matching(list, lambda), call)
    case 'all_match':
      return compared('COMPARE_EQUAL', matching(list, negated(lambda)), call)
    default:
      return reduced(list, lambda, more, call)
  }
}

const matching = (list: TreeNode, lambda: TreeNode) => callOf('len', [callOf('list_filter', [list, lambda])])

const compared = (type: string, left: TreeNode, like: TreeNode): TreeNode => ({
  ...{ class: 'COMPARISON', type, alias: like.alias ?? '', query_location: like.query_location },
  ...{ left, right: integerOf(0) },
})

const negated = (lambda: TreeNode): TreeNode => ({
  ...lambda,
  expr: {
    ...{ class: 'OPERATOR', type: 'OPERATOR_NOT', alias: '', query_location: lambda.query_location },
    children: [lambda.expr],
  },
})

/** `reduce(list, initial, (s, x) -> …, s -> …)`: the last lambda is applied to what the list is reduced to. */
function reduced(list: TreeNode, initial: TreeNode, [combine, finish]: TreeNode[], call: TreeNode): TreeNode {
  if (!combine) return call
  const result = callOf('list_reduce', [list, combine, initial], call)
  if (finish?.class !== 'LAMBDA' || !isNode(finish.lhs)) return result
  const [state] = Array.isArray(finish.lhs.column_names) ? finish.lhs.column_names : []
  const applied = mapNodes(finish.expr, (node) => {
    if (node.class !== 'COLUMN_REF' || !Array.isArray(node.column_names)) return undefined
    return node.column_names.length === 1 && node.column_names[0] === state ? { ...result, alias: '' } : undefined
  }) as TreeNode
  return { ...applied, alias: call.alias ?? '' }
}
