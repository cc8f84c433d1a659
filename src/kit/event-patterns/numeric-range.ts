import { begunAt, type Leaf, type PatternNode, refusalAt } from './pattern-text.ts'

/** Numeric expressions compare numbers up to this, in either direction; values beyond fit none. */
const furthest = 5e9

const outOfRange = 'Value must be between -5.0E9 and 5.0E9, inclusive'

/**
 * Reads the value of a `numeric` expression: `["=", 1]`, `[">", 0, "<=", 5]`.
 * @throws EventPatternError
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-numeric-matching
 */
export function readNumericRange(text: string, node: PatternNode): (value: Leaf) => boolean {
  if (node.kind !== 'array') throw refusalAt(text, 'Value of numeric must be an array.', begunAt(node))
  const { items } = node
  const operator = items[0]
  if (operator?.kind !== 'string') {
    throw refusalAt(text, `Invalid member in numeric match: ${shown(operator)}`, placeOf(operator, node))
  }
  const name = operator.value === '=' ? 'equals' : operator.value
  const first = () => numberAt(text, node, 1, `Value of ${name} must be numeric`)
  const only = () => {
    const value = first()
    if (items[2]) throw refusalAt(text, 'Too many elements in numeric expression', begunAt(items[2]))
    return value
  }
  switch (operator.value) {
    case '=': {
      const sought = only()
      return onNumber((value) => value === sought)
    }
    case '<': {
      const top = only()
      return onNumber((value) => value < top)
    }
    case '<=': {
      const top = only()
      return onNumber((value) => value <= top)
    }
    case '>':
    case '>=': {
      const bottom = first()
      const isAbove = operator.value === '>' ? (value: number) => value > bottom : (value: number) => value >= bottom
      if (!items[2]) return onNumber(isAbove)
      const isBelow = readTop(text, node, bottom)
      return onNumber((value) => isAbove(value) && isBelow(value))
    }
    default:
      throw refusalAt(text, `Unrecognized numeric range operator: ${operator.value}`, placeOf(items[1], node))
  }
}

type ArrayNode = PatternNode & { kind: 'array' }

/** Reads the upper end of a range. */
function readTop(text: string, node: ArrayNode, bottom: number): (value: number) => boolean {
  const operator = node.items[2]
  if (operator?.kind !== 'string') {
    throw refusalAt(text, `Bad value in numeric range: ${shown(operator)}`, placeOf(operator, node))
  }
  if (operator.value !== '<' && operator.value !== '<=') {
    throw refusalAt(text, `Bad numeric range operator: ${operator.value}`, operator.end)
  }
  const top = numberAt(text, node, 3, `Value of ${operator.value} must be numeric`)
  const further = node.items[4]
  if (further) throw refusalAt(text, 'Too many terms in numeric range expression', begunAt(further))
  if (top <= bottom) throw refusalAt(text, 'Bottom must be less than top', node.end)
  return operator.value === '<' ? (value) => value < top : (value) => value <= top
}

function numberAt(text: string, node: ArrayNode, index: number, refusal: string): number {
  const item = node.items[index]
  if (item?.kind !== 'number') throw refusalAt(text, refusal, placeOf(item, node))
  if (Math.abs(item.value) > furthest) throw refusalAt(text, outOfRange, item.end)
  return item.value
}

const onNumber =
  (test: (value: number) => boolean) =>
  (value: Leaf): boolean =>
    typeof value === 'number' && Math.abs(value) <= furthest && test(value)

/** Of an item, or of the end of the list that has none there. */
const placeOf = (item: PatternNode | undefined, list: PatternNode) => (item ? begunAt(item) : list.end)

function shown(node: PatternNode | undefined): string {
  if (!node) return ']'
  switch (node.kind) {
    case 'object':
      return '{'
    case 'array':
      return '['
    case 'number':
      return node.text
    default:
      return String(node.value)
  }
}
