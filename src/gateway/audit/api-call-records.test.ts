import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf, rootOf } from '../../../test/fixtures/call.ts'
import { servicePrincipal } from '../../core/services/service-calls.ts'
import { apiCallRecords, type FinishedCall } from './api-call-records.ts'

const own = '111122223333'
const owner = '444455556666'

const finished = (more: Partial<FinishedCall> = {}): FinishedCall => ({
  service: { principal: 'kms.amazonaws.com', apiVersion: '2014-11-01' },
  operation: 'Encrypt',
  requestId: 'a request',
  region: 'us-east-1',
  timeMs: 0,
  caller: callerOf(rootOf(own)),
  source: { ip: '192.0.2.10', userAgent: 'a client', host: 'kms.us-east-1.amazonaws.com' },
  readOnly: true,
  category: 'Management',
  requestParameters: null,
  responseElements: null,
  authorised: true,
  eventIdIn: (accountId) => `event in ${accountId}`,
  ...more,
})

const bytesOf = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))

test('the owner of a resource hears of what was allowed, failed or not, and of nothing that was denied', () => {
  const resources = [{ accountId: owner, ARN: 'arn:aws:kms:us-east-1:444455556666:key/k' }]
  const recipients = (more: Partial<FinishedCall>) =>
    apiCallRecords(finished({ resources, ...more })).map(({ recipientAccountId }) => recipientAccountId)
  assert.deepEqual(recipients({}), [own, owner])
  assert.deepEqual(recipients({ error: { code: 'DisabledException', message: 'it is disabled' } }), [own, owner])
  assert.deepEqual(recipients({ error: { code: 'AccessDenied', message: 'no' }, authorised: false }), [own])
})

test('texts are cut and parameters left out by their bytes, and no character is cut in two', () => {
  for (const letter of ['e', 'é', '漢', '😀']) {
    const [record] = apiCallRecords(finished({ error: { code: 'Bad', message: `a${letter.repeat(2000)}` } }))
    const { errorMessage = '' } = record ?? {}
    assert.ok(bytesOf(errorMessage) <= 1024 && bytesOf(errorMessage) > 1020, letter)
    assert.equal(errorMessage, `a${letter.repeat([...errorMessage].length - 1)}`)
    const parametersOf = (count: number) =>
      apiCallRecords(finished({ requestParameters: { text: letter.repeat(count) } }))[0]?.requestParameters
    const limit = 100 * 1024
    const fitting = Math.floor((limit - bytesOf({ text: '' })) / bytesOf(letter))
    assert.equal(String(parametersOf(fitting)?.text).length, fitting * letter.length)
    assert.deepEqual(parametersOf(fitting + 1), { omitted: true })
  }
})

test('what a service does of its own accord has come over no connection', () => {
  const [direct] = apiCallRecords(finished())
  assert.deepEqual(direct?.tlsDetails, { clientProvidedHostHeader: 'kms.us-east-1.amazonaws.com' })
  const source = { arn: `arn:aws:lambda:us-east-1:${own}:function:f`, accountId: own }
  const caller = servicePrincipal('lambda.amazonaws.com', source)
  const [ofService] = apiCallRecords(finished({ caller }))
  assert.deepEqual(ofService?.userIdentity, { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' })
  assert.equal(ofService?.tlsDetails, undefined)
})

test('a root user goes by the alias of its account, where there is one', () => {
  const named = (alias?: string) => {
    const principal = { kind: 'root', accountId: own, arn: `arn:aws:iam::${own}:root`, alias } as const
    return apiCallRecords(finished({ caller: callerOf(principal) }))[0]?.userIdentity.userName
  }
  assert.deepEqual([named(), named('my-company')], [undefined, 'my-company'])
})
