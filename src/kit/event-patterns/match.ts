import type { Alternative, EventPattern, PatternField, PatternTree } from './compile-pattern.ts'
import type { Leaf } from './pattern-text.ts'
import type { FieldTest } from './value-test.ts'

/**
 * Returns whether an event fits a pattern. Arrays of the event are passed through: a field fits if one of its values does, and
 * fields inside an array of objects must be of one and the same object.
 * @param event - a JSON value, as JSON.parse returns it.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
 */
export const matchesPattern = ({ alternatives }: EventPattern, event: unknown): boolean =>
  alternatives.some((alternative) => fitsAlternative(alternative, event))

export function fitsAlternative({ root, absent }: Alternative, event: unknown): boolean {
  if (absent.length === 0) return fitsTree(root, event, nothing)
  return fitsTree(root, event, new Set(absent.filter(({ path }) => !hasField(event, path, 0))))
}

const nothing: ReadonlySet<PatternField> = new Set()

/** @param missing - fields that the event does not have, and need not have. */
function fitsTree({ field, children }: PatternTree, value: unknown, missing: ReadonlySet<PatternField>): boolean {
  if (field && !missing.has(field) && !fitsField(field.test, value)) return false
  if (children.length === 0) return true
  // An empty array is as good as none: what may be absent is.
  return Array.isArray(value) && value.length === 0
    ? fitsMembers(children, undefined, missing)
    : fitsChildren(children, value, missing)
}

function fitsChildren(children: readonly PatternTree[], value: unknown, missing: ReadonlySet<PatternField>): boolean {
  if (Array.isArray(value)) return value.some((item) => fitsChildren(children, item, missing))
  return fitsMembers(children, value, missing)
}

function fitsMembers(children: readonly PatternTree[], value: unknown, missing: ReadonlySet<PatternField>): boolean {
  for (const child of children) if (!fitsTree(child, memberOf(value, child.name), missing)) return false
  return true
}

function fitsField(test: FieldTest, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => fitsField(test, item))
  if (!isLeaf(value)) return false
  if (test.exact.has(value)) return true
  for (const one of test.tests) if (one(value)) return true
  return false
}

/** Returns whether an event has a value, other than an object, at a path. */
function hasField(value: unknown, path: readonly string[], depth: number): boolean {
  if (Array.isArray(value)) return value.some((item) => hasField(item, path, depth))
  const name = path[depth]
  return name === undefined ? isLeaf(value) : hasField(memberOf(value, name), path, depth + 1)
}

/** Calls back with each value that an event has at a path. */
export function eachValue(value: unknown, path: readonly string[], depth: number, visit: (leaf: Leaf) => void): void {
  if (Array.isArray(value)) for (const item of value) eachValue(item, path, depth, visit)
  else {
    const name = path[depth]
    if (name !== undefined) eachValue(memberOf(value, name), path, depth + 1, visit)
    else if (isLeaf(value)) visit(value)
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined
  return (value as Record<string, unknown>)[name]
}

const isLeaf = (value: unknown): value is Leaf =>
  value === null || (value !== undefined && typeof value !== 'object' && typeof value !== 'function')
