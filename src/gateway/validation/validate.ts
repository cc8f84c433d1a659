import type { MemberConstraint } from '../../core/operation.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead, ValidationProblem } from '../../core/services/service-definition.ts'
import type { Members, OperationSchema, Schema } from '../protocols/schema.ts'
import { compileLimits, type Limit, notNull } from './limits.ts'
import { compileShowValue, lowerFirst, type ShowValue } from './value-text.ts'

/** Says what is wrong with a decoded input, in AWS's words; undefined when nothing is. */
export type Validator = (input: Record<string, unknown>) => ServiceError | undefined

/** Limits by member path: names as the schema spells them, `member` for a list's items, `value` for a map's values. */
export type Overrides = Readonly<Record<string, MemberConstraint>>

/**
 * Compiles the model's constraints on an operation's input. Several failures come in one message, in the order of the model.
 * @param overrides - of single members, taking the place of the model's where both say something.
 * @param secret - members whose values no message shows, beside those that the schema marks sensitive.
 * @throws Error when an override's path leads nowhere.
 */
export function compileValidator(
  { input }: OperationSchema,
  service: Pick<ServiceHead, 'validationErrorCode' | 'validationShowsValues' | 'wordedMembers' | 'validationError'>,
  overrides: Overrides = {},
  secret: readonly string[] = [],
): Validator {
  if (!input) return () => undefined
  const compiling: Compiling = {
    overrides,
    secret,
    worded: service.wordedMembers ?? [],
    showsValues: service.validationShowsValues,
    structures: new Map(),
    unused: new Set(Object.keys(overrides)),
  }
  const check = structure(input, '', compiling)
  if (compiling.unused.size > 0) throw new Error(`constraints of no member: ${[...compiling.unused].join(', ')}`)
  return (input) => {
    const failures: Failure[] = []
    check(input, '', failures)
    const [first] = failures
    if (!first) return undefined
    if (service.validationError) return service.validationError(first.problem, first.path)
    return new ServiceError(service.validationErrorCode, 400, summary(failures))
  }
}

interface Failure {
  text: string
  problem: ValidationProblem
  path: string
}

/** @param path - of the value, as messages print it. Its members' paths begin with it. */
type Check = (value: unknown, path: string, failures: Failure[]) => void

interface Compiling {
  overrides: Overrides
  secret: readonly string[]
  worded: readonly string[]
  showsValues: boolean
  structures: Map<unknown, Check>
  unused: Set<string>
}

interface MemberCheck {
  name: string
  path: string
  required: boolean
  limits: readonly Limit[]
  show: ShowValue | undefined
  /** Checks the structures inside, which have paths of their own. */
  descend: Check | undefined
}

function structure(schema: Schema, schemaPath: string, compiling: Compiling): Check {
  // Overrides hold at one path alone, so structures they reach into are not shared.
  const shared = !Object.keys(compiling.overrides).some((path) => path.startsWith(schemaPath))
  const known = shared ? compiling.structures.get(schema.shape) : undefined
  if (known) return known
  const members: MemberCheck[] = []
  const check: Check = (value, path, failures) => {
    for (const member of members) checkMember(member, (value as Members)[member.name], path, failures)
  }
  // Known before its members are looked at, which may be structures of its own kind.
  if (shared) compiling.structures.set(schema.shape, check)
  for (const [name, memberSchema] of schema.members) {
    const memberPath = schemaPath + name
    compiling.unused.delete(memberPath)
    const shown = compiling.showsValues && !compiling.secret.includes(memberPath)
    const limits = compiling.worded.includes(name)
      ? { ...memberSchema.limits, pattern: undefined }
      : memberSchema.limits
    const constraint = { ...limits, ...compiling.overrides[memberPath] }
    members.push({
      name,
      path: lowerFirst(name),
      required: constraint.required ?? schema.required.has(name),
      limits: compileLimits(memberSchema, constraint, compiling.showsValues),
      show: shown ? compileShowValue(memberSchema) : undefined,
      descend: compileDescent(memberSchema, memberPath, compiling),
    })
  }
  return check
}

function checkMember(member: MemberCheck, value: unknown, prefix: string, failures: Failure[]): void {
  if (value === undefined || value === null) {
    if (member.required) fail(failures, 'Value null', prefix + member.path, { text: notNull, problem: 'missing' })
    return
  }
  for (const limit of member.limits) {
    if (limit.holds(value)) continue
    fail(failures, member.show ? `Value '${member.show(value)}'` : 'Value', prefix + member.path, limit)
  }
  member.descend?.(value, prefix + member.path, failures)
}

function compileDescent(schema: Schema, schemaPath: string, compiling: Compiling): Check | undefined {
  if (schema.kind === 'structure') {
    const check = structure(schema, `${schemaPath}.`, compiling)
    return (value, path, failures) => check(value, `${path}.`, failures)
  }
  if (schema.kind === 'list') {
    const check = compileDescent(schema.value, `${schemaPath}.member`, compiling)
    return check && ((value, path, failures) => checkItems(check, value as unknown[], path, failures))
  }
  if (schema.kind === 'map') {
    const check = compileDescent(schema.value, `${schemaPath}.value`, compiling)
    return check && ((value, path, failures) => checkEntries(check, value as Members, path, failures))
  }
  return undefined
}

function checkItems(check: Check, items: readonly unknown[], path: string, failures: Failure[]): void {
  let position = 1
  for (const item of items) check(item, `${path}.${position++}.member`, failures)
}

function checkEntries(check: Check, map: Members, path: string, failures: Failure[]): void {
  for (const [key, value] of Object.entries(map)) {
    // That no value may be null is a limit of the map.
    if (value !== null) check(value, `${path}.${key}.member`, failures)
  }
}

function fail(failures: Failure[], value: string, path: string, { text, problem }: Pick<Limit, 'text' | 'problem'>) {
  if (failures.length < maxFailures) {
    failures.push({ text: `${value} at '${path}' failed to satisfy constraint: ${text}`, problem, path })
  }
}

// AWS lists no more than ten, and so does not let a small request ask for a huge answer.
const maxFailures = 10

const summary = (failures: readonly Failure[]) =>
  `${failures.length} validation error${failures.length > 1 ? 's' : ''} detected: ${failures.map(({ text }) => text).join('; ')}`
