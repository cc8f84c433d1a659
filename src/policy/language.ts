import type { ConditionElement } from './condition.ts'
import { readOperator } from './condition-operators.ts'
import { JsonError, type JsonValue, type Position, positionsIn, readJson } from './json-reader.ts'
import { PolicyError, syntaxErrors } from './policy-error.ts'

export type PolicyVersion = '2008-10-17' | '2012-10-17'

/** A policy as its text has it: well-formed, not yet checked for what its kind demands. */
export interface PolicyDocument {
  /** Absent means 2008-10-17 to the language; validation treats it differently. */
  version: PolicyVersion | undefined
  id: string | undefined
  statements: readonly Statement[]
}

export interface Statement {
  /** Zero-based place in the Statement list. */
  index: number
  sid: string | undefined
  effect: 'Allow' | 'Deny'
  principal: PrincipalElement | undefined
  notPrincipal: PrincipalElement | undefined
  action: readonly string[] | undefined
  notAction: readonly string[] | undefined
  resource: readonly string[] | undefined
  notResource: readonly string[] | undefined
  conditions: readonly ConditionElement[]
  /** Where simulations say the statement begins and ends. */
  start: Position
  end: Position
}

export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'

export type PrincipalElement = '*' | ReadonlyMap<PrincipalType, readonly string[]>

/**
 * Reads a policy of any kind.
 * @param invalidJson - what is answered to a text that is not JSON.
 * @throws PolicyError - its `detail` says what is wrong and where; `message` is what IAM answers.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readPolicy(text: string, invalidJson = syntaxErrors): PolicyDocument {
  try {
    return new PolicyReader(text).document(readJson(text))
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new PolicyError(invalidJson, located(text, error.offset, error.message))
  }
}

const located = (text: string, offset: number, problem: string) => {
  const { line, column } = positionsIn(text)(offset)
  return `line ${line}, column ${column}: ${problem}`
}

type JsonObject = Extract<JsonValue, { kind: 'object' }>

const documentElements = new Set(['Version', 'Id', 'Statement'])
const statementElements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const opposites = [
  ['Principal', 'NotPrincipal'],
  ['Action', 'NotAction'],
  ['Resource', 'NotResource'],
] as const

class PolicyReader {
  readonly #text: string
  readonly #positionOf: (offset: number) => Position

  constructor(text: string) {
    this.#text = text
    this.#positionOf = positionsIn(text)
  }

  document(json: JsonValue): PolicyDocument {
    const document = this.#object(json, 'a policy is a JSON object')
    this.#known(document, documentElements)
    const statement = document.members.get('Statement')
    if (!statement) throw this.#error(document, 'there is no Statement')
    return {
      version: this.#version(document.members.get('Version')),
      id: this.#optionalString(document.members.get('Id'), 'Id'),
      statements: this.#statements(statement),
    }
  }

  #version(json: JsonValue | undefined): PolicyVersion | undefined {
    if (!json) return undefined
    const version = this.#string(json, 'Version is a string')
    if (version === '2008-10-17' || version === '2012-10-17') return version
    throw this.#error(json, 'Version is neither 2012-10-17 nor 2008-10-17')
  }

  #statements(json: JsonValue): Statement[] {
    // As recorded from IAM: a statement of a list begins where the one before it, or the bracket, ends; one that stands alone
    // begins behind its own brace.
    if (json.kind === 'object') return [this.#statement(json, 0, json.start + 1)]
    if (json.kind !== 'array') throw this.#error(json, 'Statement is an object or a list of objects')
    if (json.items.length === 0) throw this.#error(json, 'Statement is empty')
    let start = json.start + 1
    return json.items.map((item, index) => {
      const statement = this.#statement(item, index, start)
      start = item.end
      return statement
    })
  }

  #statement(json: JsonValue, index: number, start: number): Statement {
    const statement = this.#object(json, 'a statement is a JSON object')
    this.#known(statement, statementElements)
    for (const [element, opposite] of opposites) {
      const both = statement.members.has(element) && statement.members.get(opposite)
      if (both) throw this.#error(both, `${element} and ${opposite} exclude each other`)
    }
    const element = (name: string) => statement.members.get(name)
    return {
      index,
      sid: this.#optionalString(element('Sid'), 'Sid'),
      effect: this.#effect(element('Effect'), statement),
      principal: this.#principal(element('Principal')),
      notPrincipal: this.#principal(element('NotPrincipal')),
      action: this.#optionalStrings(element('Action'), 'Action'),
      notAction: this.#optionalStrings(element('NotAction'), 'NotAction'),
      resource: this.#optionalStrings(element('Resource'), 'Resource'),
      notResource: this.#optionalStrings(element('NotResource'), 'NotResource'),
      conditions: this.#conditions(element('Condition')),
      start: this.#positionOf(start),
      end: this.#positionOf(json.end),
    }
  }

  #effect(json: JsonValue | undefined, statement: JsonObject): 'Allow' | 'Deny' {
    if (!json) throw this.#error(statement, 'the statement has no Effect')
    const effect = this.#string(json, 'Effect is a string')
    if (effect === 'Allow' || effect === 'Deny') return effect
    const detail = located(this.#text, json.start, 'Effect is neither "Allow" nor "Deny"')
    // Recorded: the grammar takes any case, the legacy parser behind it does not.
    throw new PolicyError(/^(?:allow|deny)$/i.test(effect) ? 'The policy failed legacy parsing' : syntaxErrors, detail)
  }

  #principal(json: JsonValue | undefined): PrincipalElement | undefined {
    if (!json) return undefined
    if (json.kind === 'string' && json.text === '*') return '*'
    const map = this.#object(json, 'a principal is "*" or an object')
    const principals = new Map<PrincipalType, readonly string[]>()
    for (const [type, value] of map.members) {
      if (!isPrincipalType(type)) throw this.#error(value, `unknown principal type ${JSON.stringify(type)}`)
      principals.set(type, this.#strings(value, type))
    }
    return principals
  }

  #conditions(json: JsonValue | undefined): ConditionElement[] {
    if (!json) return []
    return [...this.#object(json, 'Condition is an object').members].flatMap(([operatorName, block]) => {
      const keys = [...this.#object(block, 'an operator holds an object of keys').members]
      // Recorded: an operator without keys is not looked at, whatever its name.
      if (keys.length === 0) return []
      const operator = readOperator(operatorName)
      if (!operator) throw this.#error(block, `unknown operator ${JSON.stringify(operatorName)}`)
      return keys.map(([key, value]) => ({ operator, operatorName, key, values: this.#conditionValues(value) }))
    })
  }

  #conditionValues(json: JsonValue): string[] {
    const items = json.kind === 'array' ? json.items : [json]
    return items.map((item) => {
      if (item.kind === 'string' || item.kind === 'number' || item.kind === 'boolean') return item.text
      throw this.#error(item, 'a condition value is a string, a number or a boolean')
    })
  }

  #optionalString(json: JsonValue | undefined, name: string): string | undefined {
    return json && this.#string(json, `${name} is a string`)
  }

  #optionalStrings(json: JsonValue | undefined, name: string): readonly string[] | undefined {
    return json && this.#strings(json, name)
  }

  #strings(json: JsonValue, name: string): string[] {
    const items = json.kind === 'array' ? json.items : [json]
    return items.map((item) => this.#string(item, `${name} is a string or a list of strings`))
  }

  #string(json: JsonValue, rule: string): string {
    if (json.kind !== 'string') throw this.#error(json, rule)
    return json.text
  }

  #object(json: JsonValue, rule: string): JsonObject {
    if (json.kind !== 'object') throw this.#error(json, rule)
    return json
  }

  #known(object: JsonObject, names: ReadonlySet<string>): void {
    for (const [name, value] of object.members) {
      if (!names.has(name)) throw this.#error(value, `unknown element ${JSON.stringify(name)}`)
    }
  }

  #error({ start }: JsonValue, problem: string): PolicyError {
    return new PolicyError(syntaxErrors, located(this.#text, start, problem))
  }
}

const isPrincipalType = (type: string): type is PrincipalType =>
  type === 'AWS' || type === 'Service' || type === 'Federated' || type === 'CanonicalUser'
