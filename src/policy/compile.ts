import { BoundedMap } from '../core/bounded-map.ts'
import { arnOf, compileResourcePattern } from './arn-matcher.ts'
import { type Condition, compileCondition } from './condition.ts'
import type { ContextReader } from './context-reader.ts'
import { readPolicy, type Statement } from './language.ts'
import { PolicyError } from './policy-error.ts'
import { compilePrincipal, type PrincipalMatcher } from './principals.ts'
import { RequestText } from './request-text.ts'
import { compileGlob, variablesIn } from './wildcard.ts'

/** A condition key that a statement asks for: as written, and in lower case. */
export interface KeyUse {
  name: string
  key: string
}

export interface CompiledStatement {
  source: Statement
  principal: PrincipalMatcher | undefined
  notPrincipal: PrincipalMatcher | undefined
  /** Undefined for a statement without Resource and NotResource. */
  matchesResource: ((resource: RequestText, context: ContextReader) => boolean) | undefined
  conditions: readonly Condition[]
  /** Keys that variables in its resources are filled from. */
  resourceKeys: readonly KeyUse[]
  /** Keys of its conditions, and those that variables in them are filled from. */
  conditionKeys: readonly KeyUse[]
}

export class CompiledPolicy {
  readonly statements: readonly CompiledStatement[]
  readonly #actionMatchers: readonly ((action: RequestText) => boolean)[]
  /** Actions are those that services declare, but simulations may ask for any. */
  readonly #byAction = new BoundedMap<string, readonly CompiledStatement[]>(500)

  constructor(text: string) {
    const { version, statements } = readPolicy(text)
    this.statements = statements.map((statement) => compileStatement(statement, version === '2012-10-17'))
    this.#actionMatchers = statements.map(compileActions)
  }

  /** The statements about an action, in their order. @param action - in lower case. */
  statementsFor(action: string): readonly CompiledStatement[] {
    const known = this.#byAction.get(action)
    if (known) return known
    const requested = new RequestText(action)
    const found = this.statements.filter((_, index) => this.#actionMatchers[index]?.(requested))
    this.#byAction.set(action, found)
    return found
  }
}

// More policies than can bear on one caller, of the sizes that AWS takes: one evaluation never drives out its own.
const mostWeight = 32 * 1024 * 1024
/** What a compiled policy takes beside its text, in characters of one. */
const ownWeight = 1024

const compiledPolicies = new BoundedMap<string, CompiledPolicy | PolicyError>(
  mostWeight,
  (text) => text.length + ownWeight,
)

/**
 * Compiles the policy of a text, once as long as it is in use.
 * @returns what is wrong with it when it is not a policy: it then allows nothing.
 */
export function compilePolicy(text: string): CompiledPolicy | PolicyError {
  const known = compiledPolicies.get(text)
  if (known) return known
  const compiled = compileOrRefuse(text)
  compiledPolicies.set(text, compiled)
  return compiled
}

function compileOrRefuse(text: string): CompiledPolicy | PolicyError {
  try {
    return new CompiledPolicy(text)
  } catch (error) {
    if (error instanceof PolicyError) return error
    throw error
  }
}

function compileStatement(source: Statement, variables: boolean): CompiledStatement {
  const { principal, notPrincipal, conditions, resource, notResource } = source
  const keysOf = (texts: readonly string[]): KeyUse[] =>
    variables ? texts.flatMap(variablesIn).filter(({ fallback }) => fallback === undefined) : []
  return {
    source,
    principal: principal && compilePrincipal(principal),
    notPrincipal: notPrincipal && compilePrincipal(notPrincipal),
    matchesResource: compileResources(resource, notResource, variables),
    conditions: conditions.map((condition) => compileCondition(condition, variables)),
    resourceKeys: keysOf(resource ?? notResource ?? []),
    conditionKeys: conditions.flatMap(({ key, values }) => [{ name: key, key: key.toLowerCase() }, ...keysOf(values)]),
  }
}

/** Actions match without regard to case: everything is in lower case here. */
function compileActions({ action, notAction }: Statement): (action: RequestText) => boolean {
  const matchers = (action ?? notAction ?? []).map((pattern) => compileGlob(pattern.toLowerCase()))
  const isListed = (requested: RequestText) => matchers.some((matches) => matches(requested))
  return notAction ? (requested) => !isListed(requested) : isListed
}

function compileResources(
  resource: readonly string[] | undefined,
  notResource: readonly string[] | undefined,
  variables: boolean,
): CompiledStatement['matchesResource'] {
  const patterns = resource ?? notResource
  if (!patterns) return undefined
  const matchers = patterns.map((pattern) => compileResource(pattern, variables))
  const covers = (resource: RequestText, context: ContextReader) =>
    matchers.some((matches) => matches(resource, context))
  return resource ? covers : (requested, context) => !covers(requested, context)
}

function compileResource(pattern: string, variables: boolean): NonNullable<CompiledStatement['matchesResource']> {
  if (pattern === '*') return () => true
  const matches = compileResourcePattern(pattern, variables)
  return (resource, context) => {
    const arn = resource.as(arnOf)
    return arn !== undefined && matches(arn, context)
  }
}
