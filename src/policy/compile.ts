import { BoundedMap } from '../core/bounded-map.ts'
import { arnOf, compileResourcePattern } from './arn-matcher.ts'
import { type Condition, compileCondition } from './condition.ts'
import { readPolicy, type Statement } from './language.ts'
import { Patterns } from './patterns.ts'
import { PolicyError } from './policy-error.ts'
import { compilePrincipal, type PrincipalMatcher } from './principals.ts'
import { RequestText } from './request-text.ts'
import { compileGlob, type Matcher, variablesIn } from './wildcard.ts'

/** A condition key that a statement asks for: as written, and in lower case. */
export interface KeyUse {
  name: string
  key: string
}

/** The Resource or NotResource element of a statement. */
export interface Resources {
  /** `*` is among them. */
  everything: boolean
  patterns: Patterns
  /** NotResource. */
  negated: boolean
}

/** A statement ready to be compared. What takes long to make is made when it is first needed: see `Patterns`. */
export class CompiledStatement {
  readonly source: Statement
  readonly principal: PrincipalMatcher | undefined
  readonly notPrincipal: PrincipalMatcher | undefined
  /** Undefined for a statement without Resource and NotResource. */
  readonly resources: Resources | undefined
  readonly conditions: readonly Condition[]
  readonly #variables: boolean
  #resourceKeys: readonly KeyUse[] | undefined
  #conditionKeys: readonly KeyUse[] | undefined

  /** @param variables - whether `${…}` is a variable. */
  constructor(source: Statement, variables: boolean) {
    const { principal, notPrincipal, conditions } = source
    this.source = source
    this.principal = principal && compilePrincipal(principal)
    this.notPrincipal = notPrincipal && compilePrincipal(notPrincipal)
    this.resources = compileResources(source, variables)
    this.conditions = conditions.map((condition) => compileCondition(condition, variables))
    this.#variables = variables
  }

  /** Whether it fits every resource and context. */
  get isUnconditional(): boolean {
    return this.conditions.length === 0 && this.resources?.everything === true && !this.resources.negated
  }

  /** Keys that variables in its resources are filled from. */
  get resourceKeys(): readonly KeyUse[] {
    const { resource, notResource } = this.source
    this.#resourceKeys ??= distinctKeys(this.#keysOf(resource ?? notResource ?? []))
    return this.#resourceKeys
  }

  /** Keys of its conditions, and those that variables in them are filled from. */
  get conditionKeys(): readonly KeyUse[] {
    this.#conditionKeys ??= distinctKeys(
      this.source.conditions.flatMap(({ key, values }) => [
        { name: key, key: key.toLowerCase() },
        ...this.#keysOf(values),
      ]),
    )
    return this.#conditionKeys
  }

  #keysOf(texts: readonly string[]): KeyUse[] {
    if (!this.#variables) return []
    return texts.flatMap(variablesIn).filter(({ fallback }) => fallback === undefined)
  }
}

/** Each key once, as it was written first. */
function distinctKeys(uses: readonly KeyUse[]): readonly KeyUse[] {
  if (uses.length < 2) return uses
  const byKey = new Map<string, KeyUse>()
  for (const { key, name } of uses) if (!byKey.has(key)) byKey.set(key, { key, name })
  return [...byKey.values()]
}

export class CompiledPolicy {
  readonly statements: readonly CompiledStatement[]
  #actionMatchers: readonly ((action: RequestText) => boolean)[] | undefined
  /** Actions are those that services declare, but simulations may ask for any. */
  readonly #byAction = new BoundedMap<string, readonly CompiledStatement[]>(500)

  constructor(text: string) {
    const { version, statements } = readPolicy(text)
    this.statements = statements.map((statement) => new CompiledStatement(statement, version === '2012-10-17'))
  }

  /** The statements about an action, in their order. @param action - in lower case. */
  statementsFor(action: string): readonly CompiledStatement[] {
    const known = this.#byAction.get(action)
    if (known) return known
    this.#actionMatchers ??= this.statements.map(({ source }) => compileActions(source))
    const matchers = this.#actionMatchers
    const requested = new RequestText(action)
    const found = this.statements.filter((_, index) => matchers[index]?.(requested))
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

/** The policy of a text, if it was compiled before; otherwise `compilePolicy` does it. */
export const knownPolicy = (text: string): CompiledPolicy | PolicyError | undefined => compiledPolicies.get(text)

/**
 * Compiles the policy of a text, once as long as it is in use.
 * @returns what is wrong with it when it is not a policy: it then allows nothing.
 */
export function compilePolicy(text: string): CompiledPolicy | PolicyError {
  const known = knownPolicy(text)
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

/** Actions match without regard to case: everything is in lower case here. */
function compileActions({ action, notAction }: Statement): (action: RequestText) => boolean {
  const matchers = (action ?? notAction ?? []).map((pattern) => compileGlob(pattern.toLowerCase()))
  const isListed = (requested: RequestText) => matchers.some((matches) => matches(requested))
  return notAction ? (requested) => !isListed(requested) : isListed
}

function compileResources({ resource, notResource }: Statement, variables: boolean): Resources | undefined {
  const patterns = resource ?? notResource
  return (
    patterns && {
      everything: patterns.includes('*'),
      patterns: new Patterns(patterns, (pattern) => compileResource(pattern, variables)),
      negated: notResource !== undefined,
    }
  )
}

function compileResource(pattern: string, variables: boolean): Matcher {
  const matches = compileResourcePattern(pattern, variables)
  return (resource, context) => {
    const arn = resource.as(arnOf)
    return arn !== undefined && matches(arn, context)
  }
}
