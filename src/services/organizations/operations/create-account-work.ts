import type { Clock } from '../../../core/clock.ts'
import type { Caller } from '../../../core/principal.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { ServerAccounts } from '../../../core/server-accounts.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import { serviceEvent } from '../../../core/services/service-event.ts'
import type { Scope, Store, Transaction } from '../../../core/store.ts'
import type { CreateRequest, Member } from '../domain/entities.ts'
import { organizationsPrincipal } from '../domain/names.ts'
import { counts, createRequests, everywhere, findMember, findOrganization, profiles } from '../storage/collections.ts'
import { join } from '../storage/members.ts'

/** The kind of due work that makes an account which was asked for. */
export const createAccountWork = 'organizations.create-account'

export interface CreateAccountWork {
  store: Store
  clock: Clock
  calls: ServiceCalls
  accounts: ServerAccounts
  accountQuota: number
  onFault(fault: unknown): void
}

type Failure = NonNullable<CreateRequest['failureReason']>

/**
 * Makes the account, then the role in it, and at last its membership with the request's success. Each step can be done again: what a
 * killed server had begun is brought to its end.
 */
export const createAccountRunner =
  ({ store, clock, calls, accounts, accountQuota, onFault }: CreateAccountWork): WorkRunner =>
  async ({ scope, payload }) => {
    const { id } = payload as { id: string }
    const request = await store.in(createRequests).get(scope, id)
    if (request?.state !== 'IN_PROGRESS') return async () => {}
    let failure = await store.transaction((tx) => takeEmail(tx, accounts, request))
    if (!failure) {
      try {
        await makeRole(calls, scope.accountId, request)
      } catch (refusal) {
        if (!(refusal instanceof ServiceError) || refusal.status >= 500) throw refusal
        onFault(refusal)
        failure = 'INTERNAL_FAILURE'
      }
    }
    return (tx) => finish(tx, { scope, request, nowMs: clock.nowMs(), accountQuota }, failure)
  }

/** Takes the e-mail address for the account, and makes the account: no two have the same. */
async function takeEmail(
  tx: Transaction,
  accounts: ServerAccounts,
  { accountId, accountName: name, email }: CreateRequest,
): Promise<Failure | undefined> {
  const index = { name: 'email', value: email.toLowerCase() }
  const [taken] = await tx.in(profiles).list(everywhere, { index, limit: 1 })
  if (taken && taken.id !== accountId) return 'EMAIL_ALREADY_EXISTS'
  await tx.in(profiles).put(everywhere, accountId, { accountId, name, email })
  await accounts.make(tx, accountId)
  return undefined
}

/** The role by which the management account gets into the new account. It is made as the root user of that, by way of Organizations. */
async function makeRole(
  calls: ServiceCalls,
  managementAccountId: string,
  { accountId, roleName }: CreateRequest,
): Promise<void> {
  const caller: Caller = {
    principal: { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` },
    principalTags: {},
  }
  const as = { caller, region: 'us-east-1', service: 'iam' as const, calledVia: [organizationsPrincipal] }
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${managementAccountId}:root` }, Action: 'sts:AssumeRole' },
    ],
  }
  const document = JSON.stringify(trust)
  try {
    await calls.invoke({
      ...as,
      operation: 'CreateRole',
      input: { RoleName: roleName, AssumeRolePolicyDocument: document },
    })
  } catch (refusal) {
    if (!(refusal instanceof ServiceError && refusal.code === 'EntityAlreadyExists')) throw refusal
    // Made before the server was killed, or the role of a development server's administrator.
    const input = { RoleName: roleName, PolicyDocument: document }
    await calls.invoke({ ...as, operation: 'UpdateAssumeRolePolicy', input })
  }
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await calls.invoke({ ...as, operation: 'AttachRolePolicy', input: { RoleName: roleName, PolicyArn } })
}

async function finish(
  tx: Transaction,
  {
    scope,
    request,
    nowMs,
    accountQuota,
  }: { scope: Scope; request: CreateRequest; nowMs: number; accountQuota: number },
  failed: Failure | undefined,
): Promise<void> {
  const organization = await findOrganization(tx, scope.accountId)
  if (!organization || (await tx.in(createRequests).get(scope, request.id))?.state !== 'IN_PROGRESS') return
  const { accountId, accountName, email, tags } = request
  const { accounts } = await counts.read(tx, scope, 'all')
  const failure = failed ?? (accounts >= accountQuota ? 'ACCOUNT_LIMIT_EXCEEDED' : undefined)
  const done = { ...request, completedAtMs: nowMs }
  if (failure) await tx.in(createRequests).put(scope, request.id, { ...done, state: 'FAILED', failureReason: failure })
  else {
    const member: Member = {
      ...{ accountId, organizationId: organization.id, managementAccountId: scope.accountId },
      ...{ parentId: organization.rootId, name: accountName, email, tags },
      ...{ joinedMethod: 'CREATED', joinedAtMs: nowMs },
    }
    if (!(await findMember(tx, accountId))) await join(tx, organization, member, accountQuota)
    await tx.in(createRequests).put(scope, request.id, { ...done, state: 'SUCCEEDED' })
  }
  tx.record(resultEvent(scope, request, failure, nowMs))
}

/** @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_security_incident-response.html - CreateAccountResult */
const resultEvent = ({ accountId }: Scope, request: CreateRequest, failureReason: Failure | undefined, nowMs: number) =>
  serviceEvent({
    eventSource: organizationsPrincipal,
    eventName: 'CreateAccountResult',
    timeMs: nowMs,
    scope: { accountId, region: 'us-east-1' },
    serviceEventDetails: {
      createAccountStatus: {
        id: request.id,
        state: failureReason ? 'FAILED' : 'SUCCEEDED',
        accountName: '****',
        ...(failureReason ? { failureReason } : { accountId: request.accountId }),
        requestedTimestamp: eventTime(request.requestedAtMs),
        completedTimestamp: eventTime(nowMs),
      },
    },
  })

/** As CloudTrail writes times in records: `Mar 1, 2026 12:00:00 PM`. */
const eventTime = (timeMs: number): string =>
  new Date(timeMs).toLocaleString('en-US', {
    ...{ timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' },
    ...{ hour: 'numeric', minute: '2-digit', second: '2-digit', hour12: true },
  })
