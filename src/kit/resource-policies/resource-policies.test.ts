import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PrincipalDirectory } from '../../core/identity.ts'
import type { Permission } from '../../core/operation.ts'
import { ServiceError } from '../../core/service-error.ts'
import { resourcePolicies } from './resource-policies.ts'

const accountId = '111122223333'
const alice = `arn:aws:iam::${accountId}:user/alice`

/** Knows Alice, until she is deleted, and takes accounts at their word. */
function directoryOfAlice() {
  let isThere = true
  const directory: PrincipalDirectory = {
    resolvePrincipal: async (written) =>
      written === alice && isThere ? { uniqueId: 'AIDAALICE' } : written.includes('user/') ? undefined : {},
    principalArn: async () => (isThere ? alice : undefined),
  }
  return { directory, deleteAlice: () => (isThere = false) }
}

const refused = (code: string) => (detail: string | number) => new ServiceError(code, 400, String(detail))

const boxPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: 300, exceeded: refused('TooLarge') },
  malformed: refused('Malformed'),
  unknownPrincipal: refused('UnknownPrincipal'),
  unknownService: refused('UnknownService'),
  check({ statements }) {
    if (statements.some(({ action }) => action?.includes('box:Burn'))) throw refused('Forbidden')('box:Burn')
  },
})

const policy = (principal: unknown, more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: 'box:Open', Resource: '*', ...more },
  })

test('a policy is refused for its size, then its grammar, then what the service checks, then its principals', async () => {
  const { directory } = directoryOfAlice()
  const unknown = { AWS: `${alice}2`, Service: 'mars' }
  const code = async (document: string) => {
    const error: unknown = await boxPolicies.accept(directory, document).then(
      () => undefined,
      (error) => error,
    )
    return error instanceof ServiceError ? [error.code, error.message] : error
  }
  const wrong = { Action: 'box:Burn' }
  assert.deepEqual(await code(`${policy(unknown, { ...wrong, Effect: 'Perhaps' })}${'é'.repeat(100)}`), [
    'TooLarge',
    String(Buffer.byteLength(policy(unknown, { ...wrong, Effect: 'Perhaps' })) + 200),
  ])
  assert.deepEqual(await code(policy(unknown, { ...wrong, Resource: [] })), [
    'Malformed',
    'Policy statement must contain resources.',
  ])
  assert.deepEqual(await code(policy(unknown, wrong)), ['Forbidden', 'box:Burn'])
  assert.deepEqual(await code(policy(unknown)), ['UnknownService', 'mars'])
  assert.deepEqual(await code(policy({ AWS: `${alice}2` })), ['UnknownPrincipal', `${alice}2`])
  assert.equal(await code(policy({ AWS: alice, Service: 's3.amazonaws.com' })), undefined)
})

test('the size is measured as the service says', () => {
  const letters = resourcePolicies({
    kind: 'trust-policy',
    size: { most: 3, measure: (document) => document.replaceAll(' ', '').length, exceeded: refused('TooLarge') },
    malformed: refused('Malformed'),
    unknownPrincipal: refused('UnknownPrincipal'),
  })
  letters.checkSize(' ä ö ü ')
  assert.throws(() => letters.checkSize('abcd'), { code: 'TooLarge', message: '4' })
})

test('a policy is shown and in force with its accounts as ARNs, and with the id of a user who is deleted', async () => {
  const { directory, deleteAlice } = directoryOfAlice()
  const accepted = await boxPolicies.accept(directory, policy({ AWS: [alice, accountId] }))
  const account = `arn:aws:iam::${accountId}:root`
  assert.equal(await boxPolicies.shown(directory, accepted), policy({ AWS: [alice, account] }))
  deleteAlice()
  const document = policy({ AWS: ['AIDAALICE', account] })
  assert.equal(await boxPolicies.shown(directory, accepted), document)
  assert.deepEqual(await boxPolicies.inForce(directory, accepted), { kind: 'resource-policy', document })
})

test('no policy is in force where there is none, and several are one', async () => {
  const { directory } = directoryOfAlice()
  assert.equal(await boxPolicies.inForce(directory), undefined)
  const [first, second] = [policy('*', { Sid: 'a' }), policy({ AWS: alice }, { Sid: 'b' })]
  const both = await boxPolicies.inForce(
    directory,
    await boxPolicies.accept(directory, first),
    await boxPolicies.accept(directory, second),
  )
  assert.deepEqual(JSON.parse(both?.document ?? '').Statement, [
    JSON.parse(first).Statement,
    JSON.parse(second).Statement,
  ])
})

test('a policy leaves control when the caller could still change it, once it is in force', async () => {
  const { directory } = directoryOfAlice()
  const accepted = await boxPolicies.accept(directory, policy({ AWS: alice }))
  const asked: Permission[] = []
  const call = (answer: boolean) => ({
    allows: async (permission: Permission) => {
      asked.push(permission)
      return answer
    },
  })
  const before = { kind: 'resource-policy', document: policy('*') } as const
  const permission: Permission = { action: 'box:PutPolicy', resource: 'arn:aws:box:::a', policy: before }
  assert.equal(await boxPolicies.leavesControl(call(true), permission, accepted), true)
  assert.equal(await boxPolicies.leavesControl(call(false), permission, accepted), false)
  assert.deepEqual(asked[0], { ...permission, policy: { kind: 'resource-policy', document: accepted.document } })
})
