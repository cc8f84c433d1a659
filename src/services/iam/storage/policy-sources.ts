import type { Entity, Group, Role, User } from '../domain/entities.ts'
import { entityNotFound, invalidEntityArn } from '../domain/errors.ts'
import { parseIamArn } from '../domain/names.ts'
import type { SourcePolicy } from '../domain/policy-exclusions.ts'
import type { Reader } from './collections.ts'
import { findEntity, groupKind, groupsOf, roleKind, userKind } from './entity-store.ts'
import { policyInForce } from './policy-sets.ts'

/** Whose policies are looked at: the user, group or role behind PolicySourceArn. */
export type PolicySource =
  | { noun: 'user'; entity: User }
  | { noun: 'group'; entity: Group }
  | { noun: 'role'; entity: Role }

/** @throws ServiceError InvalidInput for the ARN of something else, NoSuchEntity. */
export async function findPolicySource(reader: Reader, accountId: string, arn: string): Promise<PolicySource> {
  const { kind: noun, name } = parseSourceArn(arn)
  const found = await findAny(reader, accountId, noun, name)
  if (found?.entity.arn !== arn) throw entityNotFound(noun, name)
  return found
}

/** @throws ServiceError InvalidInput for the ARN of something else than a user, group or role. */
export function parseSourceArn(arn: string) {
  const parsed = parseIamArn(arn)
  if (!parsed || parsed.kind === 'policy') throw invalidEntityArn(arn)
  return { ...parsed, kind: parsed.kind }
}

async function findAny(
  reader: Reader,
  accountId: string,
  noun: PolicySource['noun'],
  name: string,
): Promise<PolicySource | undefined> {
  if (noun === 'user') {
    const entity = await findEntity(reader, userKind, accountId, name)
    return entity && { noun, entity }
  }
  if (noun === 'group') {
    const entity = await findEntity(reader, groupKind, accountId, name)
    return entity && { noun, entity }
  }
  const entity = await findEntity(reader, roleKind, accountId, name)
  return entity && { noun, entity }
}

/** The policies of a source, those of a user's groups too, under the names that simulations give them. */
export async function policiesOfSource(
  reader: Reader,
  accountId: string,
  source: PolicySource,
): Promise<SourcePolicy[]> {
  const groups = source.noun === 'user' ? await groupsOf(reader, accountId, source.entity) : []
  const owners = [source, ...groups.map((entity) => ({ noun: 'group' as const, entity }))]
  return (await Promise.all(owners.map((owner) => policiesOfOwner(reader, accountId, owner)))).flat()
}

async function policiesOfOwner(
  reader: Reader,
  accountId: string,
  { noun, entity }: { noun: PolicySource['noun']; entity: Entity },
): Promise<SourcePolicy[]> {
  const inline = entity.inlinePolicies.map(({ name, document }) => ({
    name: `${noun}_${entity.name}_${name}`,
    document,
    inline: { owner: noun, ownerName: entity.name, policyName: name },
  }))
  const attached = await Promise.all(entity.attachedPolicies.map((arn) => policyInForce(reader, accountId, arn)))
  return [...inline, ...attached]
}
