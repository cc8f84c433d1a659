/** A step of a path: a member, an item, or all of them. */
type Step = string | number | typeof every

const every = Symbol('every')

export interface JsonPath {
  steps: readonly Step[]
  /** A path with wildcards stands for a list. */
  isList: boolean
}

const stepToken = /\.\*|\[\*\]|\.([\w-]+)|\[(\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\]/y

/**
 * Reads a path as rules use it: `$`, `$.detail.name`, `$.resources[0]`, `$.detail['a b']`, `$.detail.items[*].id`.
 * @returns undefined for other text.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: Step[] = []
  let at = 1
  while (at < text.length) {
    stepToken.lastIndex = at
    const found = stepToken.exec(text)
    if (!found) return undefined
    const [token, name, index, single, double] = found
    steps.push(name ?? single ?? double ?? (index === undefined ? every : Number(index)))
    at += token.length
  }
  return { steps, isList: steps.includes(every) }
}

/** @returns what a value has at a path; undefined for nothing. */
export function valueAt(value: unknown, { steps, isList }: JsonPath): unknown {
  let found: unknown[] = [value]
  for (const step of steps) found = found.flatMap((each) => follow(each, step))
  return isList ? found : found[0]
}

function follow(value: unknown, step: Step): unknown[] {
  if (value === null || typeof value !== 'object') return []
  if (step === every) return Object.values(value)
  if (Array.isArray(value) !== (typeof step === 'number') || !Object.hasOwn(value, step)) return []
  return [(value as Record<string | number, unknown>)[step]]
}
