import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymousPrincipal, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import fc from 'fast-check'
import { printedArn } from '../../src/core/principal.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import { accountId, policyOf, type RequestSketch, requestOf } from '../../src/policy/testing.ts'
import { callers, contexts, policies, resources, statements } from './generators.ts'

const kinds = { kms: 'key-policy', sts: 'trust-policy' } as const

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const requests: fc.Arbitrary<RequestSketch> = fc
  .record({
    caller: fc.constantFrom(...callers),
    asked: fc.constantFrom(
      ...Object.entries(resources).flatMap(([action, arns]) => arns.map((arn) => [action, arn] as const)),
    ),
    context: contexts,
    identity: policies(false),
    boundary: optional(policies(false)),
    session: optional(policies(false)),
    serviceControl: optional(fc.array(policies(false), { minLength: 1, maxLength: 2 })),
    resourceControl: optional(fc.array(statements(true, fc.constant('Deny')), { minLength: 1, maxLength: 2 })),
    policy: optional(policies(true)),
  })
  .map(({ asked: [action, resource], session, resourceControl, ...rest }) => {
    const { kind } = rest.caller.principal
    const own =
      kind === 'service' || kind === 'anonymous'
        ? { identity: undefined, boundary: undefined, serviceControl: undefined }
        : {}
    const service = action.slice(0, action.indexOf(':'))
    return {
      ...rest,
      ...own,
      action,
      resource,
      owner: accountId,
      kind: service === 'kms' ? 'key-policy' : 'resource-policy',
      session: session && (kind === 'assumed-role' || kind === 'federated-user') ? [session] : undefined,
      resourceControl: resourceControl && [
        [{ Principal: '*' }, ...resourceControl.map((s) => ({ ...s, Principal: '*' }))],
      ],
    }
  })

async function simulated(sketch: RequestSketch): Promise<string> {
  const { caller, permission, context, policies, resourceControl } = requestOf(sketch)
  const document = (text: string) => JSON.parse(text)
  const simulation: Simulation = {
    request: {
      principal: caller.principal.kind === 'anonymous' ? anonymousPrincipal : printedArn(caller.principal),
      action: permission.action,
      resource: { resource: permission.resource, accountId: permission.resourceAccountId ?? accountId },
      contextVariables: JSON.parse(JSON.stringify(context)),
    },
    sessionPolicy: policies.session?.[0] && document(policies.session[0].document),
    identityPolicies: policies.identity.map(({ name, document: text }) => ({ name, policy: document(text) })),
    serviceControlPolicies: (policies.serviceControl ?? []).map((level, index) => ({
      orgIdentifier: `ou-${index}`,
      policies: level.map(({ name, document: text }) => ({ name, policy: document(text) })),
    })),
    resourceControlPolicies: (resourceControl ?? []).map((level, index) => ({
      orgIdentifier: `ou-${index}`,
      policies: level.map(({ name, document: text }) => ({ name, policy: document(text) })),
    })),
    resourcePolicy: permission.policy && document(permission.policy.document),
    permissionBoundaryPolicies: policies.boundary && [
      { name: 'boundary', policy: document(policies.boundary.document) },
    ],
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') return `error ${JSON.stringify(result.errors).slice(0, 300)}`
  return result.overallResult
}

function decided(sketch: RequestSketch): string {
  const { allowed, explicitDeny } = evaluate(requestOf(sketch))
  return allowed ? 'Allowed' : explicitDeny ? 'ExplicitlyDenied' : 'ImplicitlyDenied'
}

test('explore', async () => {
  let shown = 0
  const tally: Record<string, number> = {}
  for (const sketch of fc.sample(requests, { numRuns: 3000, seed: 1 })) {
    let theirs: string
    try {
      theirs = await simulated(sketch)
    } catch (e) {
      theirs = 'threw ' + (e as Error).message
    }
    const ours = decided(sketch)
    tally[`${ours}/${theirs}`] = (tally[`${ours}/${theirs}`] ?? 0) + 1
    if (ours !== theirs && shown++ < 12)
      console.log(sketch.caller?.principal.kind, ours, theirs, JSON.stringify({ ...sketch, caller: undefined }))
  }
  console.log(tally)
})
