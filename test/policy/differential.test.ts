import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymousPrincipal, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import fc from 'fast-check'
import type { NamedPolicy } from '../../src/core/identity.ts'
import { printedArn } from '../../src/core/principal.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import { accountId, type RequestSketch, requestOf, type StatementSketch } from '../../src/policy/testing.ts'
import { callers, contexts, policies, resourceControls, resources } from './generators.ts'

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
    policy: ask.action.startsWith('sts:') ? policy?.map(({ Resource, NotResource, ...s }) => ({ ...s, Resource: undefined })) : policy,
    ...ownPolicies(caller.principal.kind, own),
    owner: accountId,
    kind: kindOf(ask.action),
    resourceControl: resourceControl && [[fullAccess, ...resourceControl]],
  }))

const fullAccess: StatementSketch = { Principal: '*' }

const kindOf = (action: string) => action.startsWith('sts:') ? 'trust-policy' : action.startsWith('kms:') ? 'key-policy' : 'resource-policy'

function ownPolicies(
  kind: string,
  own: { identity: StatementSketch[]; boundary?: StatementSketch[]; session?: StatementSketch[]; serviceControl?: StatementSketch[][] },
): Partial<RequestSketch> {
  if (kind === 'service' || kind === 'anonymous') return {}
  if (kind === 'root') return { serviceControl: own.serviceControl }
  const session = own.session && (kind === 'assumed-role' || kind === 'federated-user') ? [own.session] : undefined
  return { ...own, session }
}

async function simulated(sketch: RequestSketch): Promise<string> {
  const { caller, permission, context, policies: own, resourceControl } = requestOf(sketch)
  const simulation: Simulation = {
    request: {
      principal: caller.principal.kind === 'anonymous' ? anonymousPrincipal : printedArn(caller.principal),
      action: permission.action,
      resource: { resource: permission.resource, accountId: permission.resourceAccountId ?? accountId },
      contextVariables: structuredClone(context) as Record<string, string | string[]>,
    },
    sessionPolicy: own.session?.map(parsed)[0]?.policy,
    // It knows root as one more principal, which needs policies.
    identityPolicies: caller.principal.kind === 'root' ? [parsed({ name: 'root', document: administrator })] : own.identity.map(parsed),
    serviceControlPolicies: levelsOf(own.serviceControl),
    // It adds RCPFullAWSAccess, the first statement of ours, by itself.
    resourceControlPolicies: levelsOf(resourceControl).map(({ orgIdentifier, policies: level }) => ({
      orgIdentifier,
      policies: level.map(({ name, policy }) => ({ name, policy: { ...policy, Statement: policy.Statement.slice(1) } })),
    })),
    resourcePolicy: permission.policy && JSON.parse(permission.policy.document),
    permissionBoundaryPolicies: own.boundary && [parsed(own.boundary)],
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors))
  return result.overallResult
}

const administrator = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })

const parsed = ({ name, document }: NamedPolicy): { name: string; policy: { Statement: unknown[] } } => ({
  name,
  policy: JSON.parse(document),
})

const levelsOf = (levels: readonly (readonly NamedPolicy[])[] = []) =>
  levels.map((level, index) => ({ orgIdentifier: `level-${index}`, policies: level.map(parsed) }))

function decided(sketch: RequestSketch): string {
  const { allowed, explicitDeny } = evaluate(requestOf(sketch))
  return allowed ? 'Allowed' : explicitDeny ? 'ExplicitlyDenied' : 'ImplicitlyDenied'
}

function settled(sketch: RequestSketch): boolean {
  const { caller, policy, session, action } = sketch
  const kind = caller?.principal.kind
  if (action?.startsWith('kms:') && !policy) return true
  if ((kind === 'federated-user' && !session) || (session && JSON.stringify(policy ?? '').includes('"*"'))) return true
  const text = JSON.stringify(sketch)
  if (/NotResource[^\]]*\$\{/.test(text)) return true
  if (kind === 'federated-user' && text.includes('federated-user/guest')) return true
  if (/ForAnyValue:\w+IfExists/.test(text)) return true
  if (/StringNot\w+":\{[^}]*\$\{/.test(text)) return true
  return false
}

test('explore', async () => {
  const tally: Record<string, number> = {}
  const result = await fc.check(fc.asyncProperty(requests, async (sketch) => {
    const theirs = await simulated(sketch)
    const ours = decided(sketch)
    tally[`${ours}/${theirs}`] = (tally[`${ours}/${theirs}`] ?? 0) + 1
    if (process.env.TALLY) return
    if (ours !== theirs && !settled(sketch)) throw new Error(`ours ${ours} theirs ${theirs}`)
  }), { numRuns: Number(process.env.RUNS ?? 1500), seed: Number(process.env.SEED ?? 1) })
  if (result.failed) console.log(result.counterexample?.[0].caller?.principal.kind, (result as any).errorInstance?.message, JSON.stringify({ ...result.counterexample?.[0], caller: undefined }))
  console.log(result.numRuns, tally)
  assert.ok(1)
})
