import type { Clock } from '../../core/clock.ts'
import { type Caller, printedArn } from '../../core/principal.ts'
import { ServiceError } from '../../core/service-error.ts'
import { serviceEvent } from '../../core/services/service-event.ts'
import type { Store, Transaction } from '../../core/store.ts'
import type { ManagedPolicy } from './domain/entities.ts'
import { defaultDocument } from './domain/managed-policy.ts'
import { ImportProblem, readManagedPolicy } from './domain/managed-policy-import.ts'
import { findAwsPolicy } from './storage/aws-policies.ts'
import { everywhere, importedPolicies } from './storage/collections.ts'

export interface PolicyImportDependencies {
  store: Store
  clock: Clock
  /** Whose records tell of imports: the server's own account. */
  accountId: string
}

/** What became of one policy. */
export interface PolicyImportResult {
  /** As it was given; absent where none was. */
  arn?: string
  outcome: 'added' | 'updated' | 'unchanged' | 'refused'
  /** Why it was refused. */
  reason?: string
}

/**
 * Imports managed policies of AWS, beside those that the server brings: for every account, from the next request on. Refuses
 * documents that are not such policies one by one, and versions older than what is there. The same again changes nothing.
 * @param request - `{"policies": [...]}`, each in the form of GetAccountAuthorizationDetails.
 * @throws ServiceError ValidationException.
 */
export async function importManagedPolicies(
  { store, clock, accountId }: PolicyImportDependencies,
  request: unknown,
  caller: Caller,
): Promise<{ results: PolicyImportResult[] }> {
  const nowMs = clock.nowMs()
  const given = policiesIn(request).map((value) => ({ value, read: readOrRefuse(value, nowMs) }))
  return store.transaction(async (tx) => {
    const results: PolicyImportResult[] = []
    for (const { value, read } of given) {
      results.push('reason' in read ? { arn: arnIn(value), ...read } : await take(tx, read))
    }
    const arnsOf = (outcome: PolicyImportResult['outcome']) =>
      results.filter((result) => result.outcome === outcome).map(({ arn }) => arn)
    const [added, updated] = [arnsOf('added'), arnsOf('updated')]
    if (added.length + updated.length > 0) {
      tx.record(
        serviceEvent({
          eventSource: 'iam.amazonaws.com',
          eventName: 'ImportManagedPolicies',
          timeMs: nowMs,
          scope: { accountId, region: 'us-east-1' },
          invokedBy: printedArn(caller.principal),
          serviceEventDetails: { added, updated },
        }),
      )
    }
    return { results }
  })
}

async function take(tx: Transaction, policy: ManagedPolicy): Promise<PolicyImportResult> {
  const { arn } = policy
  const before = await findAwsPolicy(tx, arn)
  if (before && before.lastVersion > policy.lastVersion) {
    const reason = `${policy.defaultVersionId} is older than ${before.defaultVersionId}, which is here.`
    return { arn, outcome: 'refused', reason }
  }
  const isSame = before?.lastVersion === policy.lastVersion && saysTheSame(before, policy)
  if (isSame) return { arn, outcome: 'unchanged' }
  await tx.in(importedPolicies).put(everywhere, arn, policy)
  return { arn, outcome: before ? 'updated' : 'added' }
}

const saysTheSame = (one: ManagedPolicy, other: ManagedPolicy): boolean =>
  JSON.stringify(JSON.parse(defaultDocument(one))) === JSON.stringify(JSON.parse(defaultDocument(other)))

function readOrRefuse(value: unknown, nowMs: number): ManagedPolicy | { outcome: 'refused'; reason: string } {
  try {
    return readManagedPolicy(value, nowMs)
  } catch (error) {
    if (error instanceof ImportProblem) return { outcome: 'refused', reason: error.message }
    throw error
  }
}

function arnIn(value: unknown): string | undefined {
  const { Arn } = (value ?? {}) as { Arn?: unknown }
  return typeof Arn === 'string' ? Arn.slice(0, 200) : undefined
}

function policiesIn(request: unknown): readonly unknown[] {
  const { policies, ...others } = (request ?? {}) as { policies?: unknown }
  if (!Array.isArray(policies) || Object.keys(others).length > 0) {
    throw new ServiceError('ValidationException', 400, 'Send {"policies": [...]}.')
  }
  return policies
}
