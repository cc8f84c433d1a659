import { policySize } from '../domain/policy-text.ts'
import { quotas } from '../domain/quotas.ts'
import type { Need } from './needed-actions.ts'

export interface PolicyStatement {
  Effect: 'Allow'
  Action: readonly string[]
  Resource: readonly string[]
  Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface PolicyDocument {
  Version: '2012-10-17'
  Statement: readonly PolicyStatement[]
}

/**
 * The least policy that allows all of this: several documents where one would exceed the size of a managed policy. The same needs in
 * any order give the same text.
 */
export const leastPolicies = (needs: readonly Need[], limit: number = quotas.managedPolicySize): PolicyDocument[] =>
  split(statementsFor(needs), limit)

function statementsFor(needs: readonly Need[]): PolicyStatement[] {
  const actions = new Map<string, { action: string; resources: Map<string, Set<string | undefined>> }>()
  for (const { action, resource, viaService } of needs) {
    const key = action.toLowerCase()
    const known = actions.get(key) ?? { action, resources: new Map() }
    actions.set(key, known)
    const vias = known.resources.get(resource) ?? new Set()
    known.resources.set(resource, vias.add(viaService))
  }
  const groups = new Map<string, { actions: string[]; resources: string[]; vias: string[] }>()
  for (const { action, resources } of actions.values()) {
    for (const { vias, names } of byVia(resources)) {
      const key = JSON.stringify([action.split(':')[0], vias, names])
      const group = groups.get(key) ?? { actions: [], resources: names, vias }
      group.actions.push(action)
      groups.set(key, group)
    }
  }
  const statements = [...groups.values()].map(
    ({ actions, resources, vias }): PolicyStatement => ({
      ...{ Effect: 'Allow', Action: actions.sort(inOrder), Resource: resources },
      ...(vias.length > 0 && { Condition: { StringEquals: { 'kms:ViaService': vias } } }),
    }),
  )
  return statements.sort(
    (one, other) =>
      inOrder(JSON.stringify(one.Action), JSON.stringify(other.Action)) ||
      inOrder(JSON.stringify(one), JSON.stringify(other)),
  )
}

/** The resources of an action by the services it was called through; what was called directly, too, needs no condition. */
function byVia(resources: ReadonlyMap<string, ReadonlySet<string | undefined>>): { vias: string[]; names: string[] }[] {
  const groups = new Map<string, { vias: string[]; names: string[] }>()
  const everywhere = resources.get('*')
  for (const [name, through] of resources) {
    // What `*` allows without a condition needs no statement of its own.
    if (name !== '*' && everywhere?.has(undefined)) continue
    const vias = through.has(undefined) ? [] : [...through].map(String).sort(inOrder)
    const group = groups.get(vias.join(' ')) ?? { vias, names: [] }
    group.names.push(name)
    groups.set(vias.join(' '), group)
  }
  return [...groups.values()].map(({ vias, names }) => ({
    vias,
    names: names.includes('*') ? ['*'] : names.sort(inOrder),
  }))
}

const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const documentOf = (Statement: readonly PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

const sizeOf = (statements: readonly PolicyStatement[]): number => policySize(JSON.stringify(documentOf(statements)))

function split(statements: readonly PolicyStatement[], limit: number): PolicyDocument[] {
  const documents: PolicyStatement[][] = []
  for (const statement of statements.flatMap((whole) => withinLimit(whole, limit))) {
    const last = documents.at(-1)
    if (last && sizeOf([...last, statement]) <= limit) last.push(statement)
    else documents.push([statement])
  }
  return documents.map(documentOf)
}

/** Halves what a statement names until each part fits into a document. */
function withinLimit(statement: PolicyStatement, limit: number): PolicyStatement[] {
  const { Action, Resource } = statement
  if (sizeOf([statement]) <= limit || (Action.length === 1 && Resource.length === 1)) return [statement]
  const [member, list] = Resource.length > 1 ? (['Resource', Resource] as const) : (['Action', Action] as const)
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)].flatMap((part) =>
    withinLimit({ ...statement, [member]: part }, limit),
  )
}
