import type { NamedPolicy } from '../core/identity.ts'
import type { Permission, RequestContext } from '../core/operation.ts'
import type { Caller, Principal, SessionContext } from '../core/principal.ts'
import type { AuthorizationRequest } from './decision.ts'

export const accountId = '111122223333'
export const otherAccountId = '444455556666'

const callerOf = (principal: Principal, session?: SessionContext): Caller => ({ principal, session, principalTags: {} })

const sessionOf = (issuedBy: SessionContext['issuedBy'], mfaAuthenticated = false): SessionContext => ({
  issuedAtMs: Date.parse('2026-03-01T12:00:00Z'),
  expiresAtMs: Date.parse('2026-03-01T13:00:00Z'),
  mfaAuthenticated,
  issuedBy,
  policies: [],
  policyArns: [],
  tags: {},
  transitiveTagKeys: [],
})

export const rootOf = (account: string) =>
  ({ kind: 'root', accountId: account, arn: `arn:aws:iam::${account}:root` }) as const

export const userIn = (account: string) =>
  ({
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/teams/alice`,
    userId: 'AIDAQ3EGRIYFEXAMPLE12',
    userName: 'alice',
  }) as const

export const root = callerOf(rootOf(accountId))
export const alice = callerOf(userIn(accountId))
export const aliceWithSessionToken = callerOf(userIn(accountId), sessionOf('GetSessionToken'))
export const aliceWithMfa = callerOf(userIn(accountId), sessionOf('GetSessionToken', true))
export const outsider = callerOf(userIn(otherAccountId))
export const outsideRoot = callerOf(rootOf(otherAccountId))
export const roleSession = callerOf(
  {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/deploy/night`,
    roleArn: `arn:aws:iam::${accountId}:role/teams/deploy`,
    roleId: 'AROAQ3EGRIYFEXAMPLE12',
    roleName: 'deploy',
    sessionName: 'night',
  },
  sessionOf('AssumeRole'),
)
export const serviceLinkedSession = callerOf(
  {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/AWSServiceRoleForTrail/x`,
    roleArn: `arn:aws:iam::${accountId}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForTrail`,
    roleId: 'AROAQ3EGRIYFEXAMPLE34',
    roleName: 'AWSServiceRoleForTrail',
    sessionName: 'x',
  },
  sessionOf('AssumeRole'),
)
const federatedBy = (issuer: ReturnType<typeof rootOf> | ReturnType<typeof userIn>) =>
  callerOf(
    {
      kind: 'federated-user',
      accountId,
      arn: `arn:aws:sts::${accountId}:federated-user/guest`,
      name: 'guest',
      issuer,
    },
    sessionOf('GetFederationToken'),
  )
export const federated = federatedBy(userIn(accountId))
export const federatedByRoot = federatedBy(rootOf(accountId))
export const trailService = callerOf({ kind: 'service', service: 'cloudtrail.amazonaws.com' })
export const logsService = callerOf({ kind: 'service', service: 'logs.eu-west-1.amazonaws.com' })
export const anonymous = callerOf({ kind: 'anonymous' })

/** A statement as a test writes it: what it leaves out allows everything. */
export type StatementSketch = Record<string, unknown>

export const policyOf = (...statements: StatementSketch[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Effect: 'Allow',
      ...('NotAction' in statement ? {} : { Action: '*' }),
      ...('NotResource' in statement ? {} : { Resource: '*' }),
      ...statement,
    })),
  })

/** A statement that allows nothing that a test asks for. */
export const nothing: StatementSketch = { Action: 'none:Nothing', Principal: '*' }

type Sketch = string | StatementSketch | readonly StatementSketch[]

export const named = (sketch: Sketch, name = 'policy', arn?: string): NamedPolicy => {
  const document = typeof sketch === 'string' ? sketch : policyOf(...[sketch].flat())
  return arn === undefined ? { document, name } : { document, name, arn }
}

export interface RequestSketch {
  caller?: Caller
  action?: string
  resource?: string
  /** Account that owns the resource. */
  owner?: string
  context?: RequestContext
  identity?: Sketch
  boundary?: Sketch
  session?: readonly Sketch[]
  serviceControl?: readonly Sketch[]
  resourceControl?: readonly Sketch[]
  policy?: Sketch
  kind?: NonNullable<Permission['policy']>['kind']
  permission?: Partial<Permission>
}

/** A request with the policies that a test gives it, one for each level of organization policies. */
export function requestOf(sketch: RequestSketch): AuthorizationRequest {
  const { policy, kind = 'resource-policy' } = sketch
  return {
    caller: sketch.caller ?? alice,
    permission: {
      action: sketch.action ?? 's3:GetObject',
      resource: sketch.resource ?? 'arn:aws:s3:::bucket/key',
      resourceAccountId: sketch.owner,
      policy: policy === undefined ? undefined : { kind, document: named(policy).document },
      ...sketch.permission,
    },
    context: sketch.context ?? {},
    policies: {
      identity: sketch.identity === undefined ? [] : [named(sketch.identity)],
      boundary: sketch.boundary === undefined ? undefined : named(sketch.boundary),
      session: sketch.session?.map((each) => named(each)),
      serviceControl: sketch.serviceControl?.map((each) => [named(each)]),
    },
    resourceControl: sketch.resourceControl?.map((each) => [named(each)]),
  }
}
