// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymousPrincipal, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import fc from 'fast-check'
import type { NamedPolicy } from '../../src/core/identity.ts'
import { printedArn } from '../../src/core/principal.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import {
  accountId,
  alice,
  anonymous,
  federated,
  type RequestSketch,
  requestOf,
  roleSession,
  type StatementSketch,
  userIn,
} from '../../src/policy/testing.ts'
import { callers, contexts, policies, resourceControls, resources } from './generators.ts'

// Another implementation of the same language, made by others from the same documentation, evaluates the same requests. Where the
// two differ and the documentation decides for ours, docs/decisions/0002-policy-differences.md has the reasons.

type Outcome = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied'

function ours(sketch: RequestSketch): Outcome {
  const { allowed, explicitDeny } = evaluate(requestOf(sketch))
  if (allowed) return 'Allowed'
  return explicitDeny ? 'ExplicitlyDenied' : 'ImplicitlyDenied'
}

async function theirs(sketch: RequestSketch): Promise<Outcome> {
  const { caller, permission, context, policies: own, resourceControl } = requestOf(sketch)
  const isRoot = caller.principal.kind === 'root'
  const simulation: Simulation = {
    request: {
      principal: caller.principal.kind === 'anonymous' ? anonymousPrincipal : printedArn(caller.principal),
      action: permission.action,
      resource: { resource: permission.resource, accountId: permission.resourceAccountId ?? accountId },
      contextVariables: structuredClone(context) as Record<string, string | string[]>,
    },
    sessionPolicy: own.session?.map(parsed)[0]?.policy,
    // It takes root for one more principal that needs policies.
    identityPolicies: isRoot ? [parsed({ name: 'root', document: administrator })] : own.identity.map(parsed),
    serviceControlPolicies: levelsOf(own.serviceControl),
    resourceControlPolicies: levelsOf(resourceControl).map(withoutFullAccess),
    resourcePolicy: permission.policy && JSON.parse(permission.policy.document),
    permissionBoundaryPolicies: own.boundary && [parsed(own.boundary)],
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors))
  return result.overallResult
}

const administrator = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
})

interface ParsedPolicy {
  name: string
  policy: { Statement: unknown[] }
}

const parsed = ({ name, document }: NamedPolicy): ParsedPolicy => ({ name, policy: JSON.parse(document) })

const levelsOf = (levels: readonly (readonly NamedPolicy[])[] = []) =>
  levels.map((level, index) => ({ orgIdentifier: `level-${index}`, policies: level.map(parsed) }))

/** It adds RCPFullAWSAccess, the first statement of each of ours, by itself. */
const withoutFullAccess = ({
  orgIdentifier,
  policies: level,
}: {
  orgIdentifier: string
  policies: ParsedPolicy[]
}) => ({
  orgIdentifier,
  policies: level.map(({ name, policy }) => ({ name, policy: { ...policy, Statement: policy.Statement.slice(1) } })),
})

const fullAccess: StatementSketch = { Principal: '*' }

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const asked = Object.entries(resources).flatMap(([action, arns]) => arns.map((resource) => ({ action, resource })))

const requests: fc.Arbitrary<RequestSketch> = fc
  .record({
    caller: fc.constantFrom(...callers),
    ask: fc.constantFrom(...asked),
    context: contexts,
    identity: policies(false),
    boundary: sometimes(policies(false)),
    session: sometimes(policies(false)),
    serviceControl: sometimes(fc.array(policies(false), { minLength: 1, maxLength: 2 })),
    resourceControl: sometimes(fc.array(resourceControls, { minLength: 1, maxLength: 2 })),
    policy: fc.option(policies(true), { nil: undefined }),
  })
  .map(({ ask, caller, context, policy, resourceControl, ...own }) => ({
    ...ask,
    caller,
    context,
    owner: accountId,
    ...policyOfResource(ask.action, policy),
    ...ownPolicies(caller.principal.kind, own),
    resourceControl: resourceControl && [[fullAccess, ...resourceControl]],
  }))

function policyOfResource(action: string, policy: StatementSketch[] | undefined): Partial<RequestSketch> {
  if (!policy || action.startsWith('s3:') || action.startsWith('sqs:')) return { policy }
  if (action.startsWith('kms:')) return { policy, kind: 'key-policy' }
  const ofRole = policy.map(({ NotResource, ...statement }) => ({ ...statement, Resource: undefined }))
  return { policy: ofRole, kind: 'trust-policy' }
}

interface OwnPolicies {
  identity: StatementSketch[]
  boundary?: StatementSketch[]
  session?: StatementSketch[]
  serviceControl?: StatementSketch[][]
}

function ownPolicies(kind: string, { session, ...own }: OwnPolicies): Partial<RequestSketch> {
  if (kind === 'service' || kind === 'anonymous') return {}
  if (kind === 'root') return { serviceControl: own.serviceControl }
  return session && kind !== 'user' ? { ...own, session: [session] } : own
}

interface Difference {
  reason: string
  /** Whether a request may fall under it. */
  concerns(sketch: RequestSketch): boolean
  /** One that does, and what each side says of it. */
  example: RequestSketch
  expected: { ours: Outcome; theirs: Outcome }
}

const textOf = ({ caller, ...sketch }: RequestSketch) => JSON.stringify(sketch)
const sessionArn = `arn:aws:sts::${accountId}:assumed-role/deploy/night`
const allowed = { ours: 'Allowed', theirs: 'ImplicitlyDenied' } as const
const refused = { ours: 'ImplicitlyDenied', theirs: 'Allowed' } as const

const differences: readonly Difference[] = [
  {
    reason: 'a resource policy that names the session or * is not limited by session policies',
    concerns: (sketch) =>
      sketch.session !== undefined && /"Principal":("\*"|\{"AWS":"(\*|arn:aws:sts:))/.test(textOf(sketch)),
    example: {
      caller: roleSession,
      owner: accountId,
      session: [{ Action: 'iam:*' }],
      policy: { Principal: { AWS: sessionArn } },
    },
    expected: allowed,
  },
  {
    reason: 'a federated user without session policies has nothing of its own',
    concerns: ({ caller, session }) => caller === federated && session === undefined,
    example: { caller: federated, owner: accountId, identity: {} },
    expected: refused,
  },
  {
    reason:
      'a federated user has what a resource policy gives the user that issued it; the other side does not know that user',
    concerns: (sketch) => sketch.caller === federated && textOf(sketch).includes(userIn(accountId).arn),
    example: {
      caller: federated,
      owner: accountId,
      policy: { Principal: { AWS: userIn(accountId).arn } },
      session: [{}],
    },
    expected: allowed,
  },
  {
    reason: 'a key without policy in the request is decided by identity policies',
    concerns: ({ action, policy }) => /^(kms|sts):/.test(action ?? '') && policy === undefined,
    example: { action: 'kms:Decrypt', resource: resources['kms:Decrypt']?.[0], owner: accountId, identity: {} },
    expected: allowed,
  },
  {
    reason: '* in a trust policy means every caller who signs',
    concerns: ({ caller, action }) => caller === anonymous && action === 'sts:AssumeRole',
    example: {
      caller: anonymous,
      action: 'sts:AssumeRole',
      resource: resources['sts:AssumeRole']?.[0],
      owner: accountId,
      policy: { Principal: '*', Resource: undefined },
      kind: 'trust-policy',
    },
    expected: refused,
  },
  {
    reason: 'ForAnyValue with IfExists holds without the key',
    concerns: (sketch) => /ForAnyValue:\w+IfExists/.test(textOf(sketch)),
    example: {
      owner: accountId,
      identity: { Condition: { 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'a' } } },
    },
    expected: allowed,
  },
  {
    reason: 'a negated operator holds when a variable in it cannot be filled',
    concerns: (sketch) => /"\w*Not\w+":\{[^}]*\$\{/.test(textOf(sketch)),
    example: {
      owner: accountId,
      identity: { Condition: { StringNotEquals: { 'aws:PrincipalTag/team': '${aws:username}' } } },
      context: { 'aws:PrincipalTag/team': 'red' },
    },
    expected: allowed,
  },
  {
    reason: 'an entry of NotResource whose variable cannot be filled covers nothing',
    concerns: (sketch) => /"NotResource":["[][^\]}]*\$\{/.test(textOf(sketch)),
    example: { owner: accountId, identity: { NotResource: 'arn:aws:s3:::bucket/${aws:username}/*' } },
    expected: allowed,
  },
]

test('evaluate agrees with iam-simulate wherever the documentation does not decide between them', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(requests, async (sketch) => {
      fc.pre(!differences.some(({ concerns }) => concerns(sketch)))
      compared += 1
      assert.equal(ours(sketch), await theirs(sketch), textOf(sketch))
    }),
    { numRuns: 1500, seed: 20_260_301 },
  )
  assert.ok(compared >= 1500)
})

test('evaluate differs from iam-simulate where the documentation decides, and nowhere it need not', async () => {
  for (const { reason, concerns, example, expected } of differences) {
    assert.ok(concerns(example), reason)
    assert.deepEqual({ ours: ours(example), theirs: await theirs(example) }, expected, reason)
  }
})

test('evaluate spares a principal that NotPrincipal lists with its account, iam-simulate any that it lists', async () => {
  const spares = (...AWS: string[]): RequestSketch => ({
    caller: alice,
    owner: accountId,
    identity: {},
    policy: { Effect: 'Deny', NotPrincipal: { AWS } },
  })
  const { arn } = userIn(accountId)
  assert.deepEqual([ours(spares(arn)), await theirs(spares(arn))], ['ExplicitlyDenied', 'Allowed'])
  assert.deepEqual([ours(spares(arn, accountId)), await theirs(spares(arn, accountId))], ['Allowed', 'Allowed'])
})
