import { createHash } from 'node:crypto'
import type { GrantConstraints } from '@aws-sdk/client-kms'
import { encodeEncryptionContext } from '../algorithms/encryption-context.ts'
import { constraintNotForKey, constraintTooLarge, constraintTooLong } from '../errors.ts'
import type { KmsKey } from '../key.ts'
import { type Grant, hasNoContext } from './grant.ts'

type Pairs = Readonly<Record<string, string>>

const maxPairs = 8
const maxValueCharacters = 384

const onContext = ['EncryptionContextEquals', 'EncryptionContextSubset'] as const

/** Constraints as they are kept: what is empty constrains nothing and is left out. */
export function statedConstraints(given: GrantConstraints = {}): GrantConstraints {
  const constraints: GrantConstraints = {}
  for (const type of onContext) {
    const pairs = given[type]
    if (pairs && Object.keys(pairs).length > 0) constraints[type] = pairs
  }
  if (given.SourceArn) constraints.SourceArn = given.SourceArn
  return constraints
}

/** @throws ServiceError ValidationException - constraints on the encryption context of a key that takes none, or too large. */
export function checkConstraints(constraints: GrantConstraints, { keySpec }: KmsKey): void {
  for (const type of onContext) {
    const pairs = constraints[type]
    if (!pairs) continue
    if (keySpec !== 'SYMMETRIC_DEFAULT') throw constraintNotForKey(keySpec)
    if (Object.keys(pairs).length > maxPairs) throw constraintTooLarge(type, maxPairs)
    const tooLong = Object.values(pairs).some((value) => value.length > maxValueCharacters)
    if (tooLong) throw constraintTooLong(type, maxValueCharacters)
    encodeEncryptionContext(pairs)
  }
}

/** What a grant's constraints are compared with. */
export interface GrantUse {
  operation: string
  encryptionContext: Pairs
  /** The resource that a service acts for. */
  sourceArn: string | undefined
}

/** Names and values are compared as they are written, also where AWS's API reference speaks of case. */
export function allowsUse({ operations, constraints }: Grant, use: GrantUse): boolean {
  const { operation, encryptionContext } = use
  if (!(operations as readonly string[]).includes(operation)) return false
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints
  if (SourceArn && operation !== 'RetireGrant' && SourceArn !== use.sourceArn) return false
  if (hasNoContext(operation)) return true
  if (EncryptionContextEquals && !areEqual(EncryptionContextEquals, encryptionContext)) return false
  return !EncryptionContextSubset || includes(encryptionContext, EncryptionContextSubset)
}

/** Returns true when the grantee of the parent grant may create the child: no more operations, and no weaker constraints. */
export function covers(parent: Grant, child: Pick<Grant, 'operations' | 'constraints'>): boolean {
  if (!child.operations.every((operation) => parent.operations.includes(operation))) return false
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = parent.constraints
  const given = child.constraints
  if (SourceArn && SourceArn !== given.SourceArn) return false
  const givenEquals = given.EncryptionContextEquals
  if (equals && !(givenEquals && areEqual(equals, givenEquals))) return false
  const keepsSubset = (pairs: Pairs | undefined) => !subset || (pairs !== undefined && includes(pairs, subset))
  return keepsSubset(givenEquals) || keepsSubset(given.EncryptionContextSubset)
}

const areEqual = (one: Pairs, other: Pairs) =>
  Object.keys(one).length === Object.keys(other).length && includes(one, other)

const includes = (all: Pairs, some: Pairs) =>
  Object.entries(some).every(([name, value]) => Object.hasOwn(all, name) && all[name] === value)

/**
 * Under what an allowed operation of a grant is found: no constraint, the whole context that it demands, or one pair of it.
 * The texts have a bounded length.
 */
export function constraintTag({ constraints }: Pick<Grant, 'constraints'>, operation: string): string {
  const { EncryptionContextEquals, EncryptionContextSubset } = constraints
  if (hasNoContext(operation)) return unconstrained
  if (EncryptionContextEquals) return wholeTag(EncryptionContextEquals)
  const [pair] = Object.entries(EncryptionContextSubset ?? {})
  return pair ? pairTag(pair) : unconstrained
}

/** Every tag under which a grant that allows the use can stand. */
export function tagsOf({ operation, encryptionContext }: GrantUse): string[] {
  const pairs = Object.entries(encryptionContext)
  if (hasNoContext(operation) || pairs.length === 0) return [unconstrained]
  return [unconstrained, wholeTag(encryptionContext), ...pairs.map(pairTag)]
}

const unconstrained = '*'
const wholeTag = (pairs: Pairs) => `=${digest(encodeEncryptionContext(pairs))}`
const pairTag = (pair: [string, string]) => `>${digest(JSON.stringify(pair))}`
const digest = (content: Buffer | string) => createHash('sha256').update(content).digest('base64url')
