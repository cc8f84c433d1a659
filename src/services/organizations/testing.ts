import { callerOf, rootOf } from '../../../test/fixtures/call.ts'
import type { Caller } from '../../core/principal.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { accountId, otherAccountId } from '../../testing/callers.ts'
import { type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { type InputOf, type OutputOf, typedCalls } from '../../testing/typed-calls.ts'
import { iam } from '../iam/iam.ts'
import { organizations } from './organizations.ts'
import type { organizationsOperations } from './organizations-service.ts'

type Operations = typeof organizationsOperations

/** Organizations and IAM in the pipeline, with shorter words for what tests do most. The first account is the one that manages. */
export async function organizationsFixture(options: FixtureOptions & { modules?: readonly ServiceModule[] } = {}) {
  const fixture = await serviceFixture([iam, organizations, ...(options.modules ?? [])], options)
  const calls = typedCalls<Operations>(fixture, 'organizations')
  const call = <Name extends keyof Operations>(
    name: Name,
    input: InputOf<Operations, Name>,
    caller?: Caller,
  ): Promise<OutputOf<Operations, Name>> => calls.call(name, input, { caller })

  /** Lets the other account of the fixture join. */
  const joinOther = async (): Promise<void> => {
    const Target = { Id: otherAccountId, Type: 'ACCOUNT' as const }
    const { Handshake } = await call('InviteAccountToOrganization', { Target })
    await call('AcceptHandshake', { HandshakeId: Handshake?.Id ?? '' }, rootIn(otherAccountId))
  }

  const rootId = async (): Promise<string> => (await call('ListRoots', {})).Roots?.[0]?.Id ?? ''

  /** Makes an organization with the other account in it, and enables types of policy. @returns the id of its root. */
  const organization = async (...types: ('SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY')[]): Promise<string> => {
    await call('CreateOrganization', {})
    await joinOther()
    const RootId = await rootId()
    for (const PolicyType of types) await call('EnablePolicyType', { RootId, PolicyType })
    return RootId
  }

  let policies = 0
  const policy = async (
    Type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY' | 'TAG_POLICY',
    content: object,
  ): Promise<string> => {
    const named = { Name: `policy-${++policies}`, Description: '', Content: JSON.stringify(content), Type }
    return (await call('CreatePolicy', named)).Policy?.PolicySummary?.Id ?? ''
  }

  const unit = async (ParentId: string, Name: string): Promise<string> =>
    (await call('CreateOrganizationalUnit', { ParentId, Name })).OrganizationalUnit?.Id ?? ''

  /** Asks for an account, and lets it be made. @returns its id. */
  const account = async (AccountName: string): Promise<string> => {
    const { CreateAccountStatus } = await call('CreateAccount', { AccountName, Email: `${AccountName}@example.com` })
    await fixture.settle()
    const { CreateAccountStatus: status } = await call('DescribeCreateAccountStatus', {
      CreateAccountRequestId: CreateAccountStatus?.Id ?? '',
    })
    return status?.AccountId ?? ''
  }

  return { ...fixture, org: call, joinOther, rootId, organization, policy, unit, account }
}

export const rootIn = (account: string): Caller => callerOf(rootOf(account))

export { accountId, otherAccountId }

export const statement = (...statements: object[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((each) => ({ Effect: 'Deny', Action: '*', Resource: '*', ...each })),
})
