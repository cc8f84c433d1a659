import { hourSeconds } from '../../core/durations.ts'
import type { IdentityRole } from '../../core/identity.ts'
import type { Caller, SignedPrincipal } from '../../core/principal.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { tagsOfRecord } from '../../kit/tags.ts'
import { accountId, alice, allowEverything, arnOf, policyOf } from '../../testing/callers.ts'
import { type AskedPermission, serviceFixture } from '../../testing/service-fixture.ts'
import { type InputOf, type OutputOf, typedCalls } from '../../testing/typed-calls.ts'
import { sts } from './sts.ts'
import type { StsContext } from './sts-context.ts'
import type { stsOperations } from './sts-service.ts'

export { accountId, alice, otherAccountId, policyOf, root } from '../../testing/callers.ts'

type Operations = typeof stsOperations

export const aliceArn = arnOf(alice)

/** A role that trusts the account of alice, and may do everything. */
export const roleOf = (name: string, role: Partial<IdentityRole> = {}): IdentityRole => ({
  accountId,
  arn: `arn:aws:iam::${role.accountId ?? accountId}:role/${name}`,
  roleId: 'AROARTX3GSDSQDEPLOY11',
  roleName: name.slice(name.lastIndexOf('/') + 1),
  trustPolicy: policyOf({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:*' }),
  maxSessionSeconds: hourSeconds,
  tags: {},
  ...role,
})

/** STS in the pipeline, over the roles that a test lays down. Calls are alice's, an administrator's, in eu-west-1. */
export async function stsFixture({ roles = [] }: { roles?: IdentityRole[] } = {}) {
  const fixture = await serviceFixture([sts])
  const tokens = createSessionTokens(fixture.sealer)
  const calls = typedCalls<Operations>(fixture, 'sts')
  const region = 'eu-west-1'
  const putRole = (role: IdentityRole) =>
    fixture.putRole({ ...role, tags: tagsOfRecord(role.tags), policies: [allowEverything] })
  for (const role of roles) await putRole(role)

  return {
    ...fixture,
    putRole,
    beforeHandling: (operation: keyof Operations, work: (context: StsContext) => unknown) =>
      fixture.beforeHandling('sts', operation, work),
    call: <Name extends keyof Operations>(
      name: Name,
      input: InputOf<Operations, Name>,
      caller: Caller = alice,
    ): Promise<OutputOf<Operations, Name>> => calls.call(name, input, { caller, region }),
    permissions: <Name extends keyof Operations>(
      name: Name,
      input: InputOf<Operations, Name>,
      caller: Caller = alice,
    ): Promise<AskedPermission[]> => calls.permissions(name, input, { caller, region }),
    opened: opener(tokens),
  }
}

type Shown = { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string; Expiration?: Date }

/** Opens the token of an answer, and makes its holder a caller. */
const opener = (tokens: ReturnType<typeof createSessionTokens>) => (shown: Shown | undefined) => {
  const { AccessKeyId = '', SessionToken = '' } = shown ?? {}
  const sealed = tokens.open(SessionToken, AccessKeyId)
  if (!sealed) throw new Error('the token of the answer does not open')
  const caller: Caller & { principal: SignedPrincipal } = {
    principal: sealed.principal,
    accessKeyId: AccessKeyId,
    session: sealed.session,
    principalTags: {},
  }
  return { ...sealed, caller }
}
