import type {
  CreateAccountRequest,
  CreateAccountResponse,
  DescribeCreateAccountStatusRequest,
  DescribeCreateAccountStatusResponse,
  ListCreateAccountStatusRequest,
  ListCreateAccountStatusResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import type { CreateRequest } from '../domain/entities.ts'
import { createStatusNotFound, tooManyAccounts } from '../domain/errors.ts'
import { newAccountId, newRequestCarId } from '../domain/names.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { counts, createRequests, scopeOf } from '../storage/collections.ts'
import { countInvited } from '../storage/members.ts'
import { createAccountWork } from './create-account-work.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { shownRequest } from './views.ts'

const defaultRoleName = 'OrganizationAccountAccessRole'

/**
 * Asks for an account. It is made behind the request: DescribeCreateAccountStatus tells when it is there.
 * @throws ServiceError ConstraintViolationException, InvalidInputException (tags).
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
 */
export async function createAccount(
  { call, accounts, accountQuota }: OrganizationsContext,
  { Email, AccountName, RoleName = defaultRoleName, Tags = [] }: Validated<CreateAccountRequest>,
): Promise<CreateAccountResponse> {
  const tags = organizationTags.merge([], Tags)
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const scope = scopeOf(organization)
    const present = await counts.read(tx, scope, 'all')
    const pending = await tx.in(createRequests).count(scope, {
      ...{ index: { name: 'state', value: 'IN_PROGRESS' }, limit: accountQuota },
    })
    if (present.accounts + pending + (await countInvited(tx, organization, nowMs)) >= accountQuota)
      throw tooManyAccounts()
    const request: CreateRequest = {
      ...{ id: newRequestCarId(), accountName: AccountName, email: Email, roleName: RoleName, tags },
      ...{ accountId: await unusedAccountId(tx, accounts), state: 'IN_PROGRESS', requestedAtMs: nowMs },
    }
    await tx.in(createRequests).put(scope, request.id, request)
    const payload = { id: request.id }
    await tx.schedule({ kind: createAccountWork, key: request.id, dueAtMs: nowMs, scope, payload })
    return { CreateAccountStatus: shownRequest(request) }
  })
}

async function unusedAccountId(tx: Transaction, accounts: OrganizationsContext['accounts']): Promise<string> {
  for (;;) {
    const accountId = newAccountId()
    if (!(await accounts.has(tx, accountId))) return accountId
  }
}

/** @throws ServiceError CreateAccountStatusNotFoundException. */
export async function describeCreateAccountStatus(
  context: OrganizationsContext,
  { CreateAccountRequestId }: Validated<DescribeCreateAccountStatusRequest>,
): Promise<DescribeCreateAccountStatusResponse> {
  const { organization } = await requireStanding(context)
  const request = await context.call.store.in(createRequests).get(scopeOf(organization), CreateAccountRequestId)
  if (!request) throw createStatusNotFound()
  return { CreateAccountStatus: shownRequest(request) }
}

/** @throws ServiceError InvalidInputException (token). */
export async function listCreateAccountStatus(
  context: OrganizationsContext,
  { States, ...page }: Validated<ListCreateAccountStatusRequest>,
): Promise<ListCreateAccountStatusResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const { rows, rest } = await pageOf(
    context,
    page,
    [organization.id, States],
    (afterId, limit) => store.in(createRequests).list(scopeOf(organization), { afterId, limit }),
    States && States.length > 0 ? ({ state }) => States.includes(state) : undefined,
  )
  return { CreateAccountStatuses: rows.map(shownRequest), ...rest }
}
