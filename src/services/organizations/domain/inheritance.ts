// How management policies (of tags, backups, AI services) are inherited: elements with operators, `{"@@assign": …}`, merged from the root
// down to the account. https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type JsonObject = { readonly [name: string]: Json }

const valueOperators = ['@@assign', '@@append', '@@remove'] as const
type ValueOperator = (typeof valueOperators)[number]
const control = '@@operators_allowed_for_child_policies'

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isValueOperator = (name: string): name is ValueOperator => (valueOperators as readonly string[]).includes(name)

/**
 * Reads a management policy.
 * @param root - its one top-level element, `tags`.
 * @returns what is wrong with it, where it is not one.
 */
export function readManagementPolicy(text: string, root: string): { policy: JsonObject } | { problem: string } {
  let policy: Json
  try {
    policy = JSON.parse(text) as Json
  } catch {
    return { problem: 'it is not JSON' }
  }
  if (!isObject(policy)) return { problem: 'it is not an object' }
  const other = Object.keys(policy).find((name) => name !== root)
  if (other !== undefined || !Object.hasOwn(policy, root)) return { problem: `its one element is "${root}"` }
  const problem = problemOf(policy[root] ?? null, root)
  return problem === undefined ? { policy } : { problem }
}

function problemOf(element: Json, path: string): string | undefined {
  if (!isObject(element)) return `${path} has a value without an operator such as @@assign`
  const names = Object.keys(element)
  const hasValue = names.some(isValueOperator)
  for (const name of names) {
    const inner = element[name] ?? null
    if (name === control) {
      const known = ['@@all', '@@none', ...valueOperators]
      if (!Array.isArray(inner) || !inner.every((each) => known.includes(each as string)))
        return `${path}.${name} is wrong`
    } else if (isValueOperator(name)) {
      if (isObject(inner)) return `${path}.${name} is an object`
    } else if (name.startsWith('@@')) return `${path}: there is no operator ${name}`
    else if (hasValue) return `${path} has both a value and elements`
    else {
      const problem = problemOf(inner, `${path}.${name}`)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

/** Returns whether an element with a name is anywhere in a policy. */
export const hasElement = (element: Json, wanted: string): boolean =>
  isObject(element) && Object.entries(element).some(([name, inner]) => name === wanted || hasElement(inner, wanted))

class Element {
  readonly elements = new Map<string, Element>()
  value: Json | undefined
  /** What policies at the levels below may do. */
  allowed: ReadonlySet<ValueOperator> = new Set(valueOperators)
  /** The same, as policies at the level that is being read say. */
  next: ReadonlySet<ValueOperator> | undefined
}

/**
 * Merges the policies over an account.
 * @param levels - from the root to the account; the policies of a level in the order in which they were attached.
 * @returns undefined when nothing comes of them.
 */
export function effectivePolicy(levels: readonly (readonly JsonObject[])[]): JsonObject | undefined {
  const root = new Element()
  for (const level of levels) {
    for (const policy of level) merge(root, policy, new Set(valueOperators))
    settle(root)
  }
  const shown = show(root)
  return shown !== undefined && isObject(shown) ? shown : undefined
}

function merge(into: Element, policy: JsonObject, given: ReadonlySet<ValueOperator>): void {
  const allowed = both(given, into.allowed)
  for (const [name, inner] of Object.entries(policy)) {
    if (name === control) into.next = both(into.next ?? into.allowed, operatorsIn(inner as readonly string[]))
    else if (isValueOperator(name)) {
      if (allowed.has(name)) into.value = changed(into.value, name, inner)
    } else if (isObject(inner)) {
      const element = into.elements.get(name) ?? new Element()
      into.elements.set(name, element)
      merge(element, inner, allowed)
    }
  }
}

/** What a level says of those below is in force once it has been read. */
function settle(element: Element): void {
  element.allowed = element.next ?? element.allowed
  element.next = undefined
  for (const inner of element.elements.values()) settle(inner)
}

const both = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>): ReadonlySet<T> =>
  new Set([...one].filter((each) => other.has(each)))

const operatorsIn = (names: readonly string[]): ReadonlySet<ValueOperator> =>
  new Set(names.includes('@@all') ? valueOperators : valueOperators.filter((name) => names.includes(name)))

function changed(value: Json | undefined, operator: ValueOperator, given: Json): Json | undefined {
  if (operator === '@@assign') return given
  const present = listOf(value)
  const named = new Set(listOf(given))
  if (operator === '@@append') return [...present, ...[...named].filter((each) => !present.includes(each))]
  return present.filter((each) => !named.has(each))
}

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value]

function show({ value, elements }: Element): Json | undefined {
  if (value !== undefined) return value
  const shown = [...elements].flatMap(([name, element]): [string, Json][] => {
    const inner = show(element)
    return inner === undefined ? [] : [[name, inner]]
  })
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}
