import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilterLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { cloudwatchLogs } from '../../cloudwatch-logs/cloudwatch-logs.ts'
import { allowEverything, lambdaFixture, policyOf, roleArn } from '../testing.ts'

const lines = (text: string) =>
  `START RequestId: r Version: $LATEST\n${text}\nEND RequestId: r\nREPORT RequestId: r\t\n`

async function loggingFixture() {
  const fixture = await lambdaFixture([cloudwatchLogs])
  await fixture.create('f')
  fixture.answer = async ({ payload }) => ({ log: lines(payload.toString()), logStream: '2026/03/01/[$LATEST]abc' })
  return {
    ...fixture,
    invoke: (n: number) => fixture.call('Invoke', { FunctionName: 'f', Payload: Buffer.from(`${n}`) }),
    events: async () => {
      const input = { logGroupName: '/aws/lambda/f' }
      const { events = [] } = (await fixture.ask('logs', 'FilterLogEvents', input)) as FilterLogEventsResponse
      return events.map(({ message = '' }) => message.trimEnd())
    },
    role: (policy: string) =>
      fixture.putRole({ arn: roleArn, roleId: 'AROARTX3GSDSQFUNCTION', trustPolicy: byLambda, policies: [policy] }),
    asked: (name: string) => fixture.store.records.filter(({ eventName }) => eventName === name).length,
  }
}

const byLambda = policyOf({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' })

test('invocations of an environment are in its stream, in order; stream and group are made as the role, once', async () => {
  const { invoke, settle, events, store, asked, faults } = await loggingFixture()
  for (let n = 0; n < 3; n++) await invoke(n)
  await settle()
  assert.deepEqual(
    (await events()).filter((message) => /^\d$/.test(message)),
    ['0', '1', '2'],
  )
  assert.deepEqual([asked('CreateLogGroup'), asked('CreateLogStream')], [1, 2])
  const made = store.records.find(({ eventName }) => eventName === 'CreateLogGroup')
  // Names of sessions have two characters or more.
  assert.equal(made?.userIdentity.arn, 'arn:aws:sts::111122223333:assumed-role/function/f_')
  assert.deepEqual(faults, [])
})

test('a group that was deleted is made again by the next log', async () => {
  const { invoke, settle, events, ask } = await loggingFixture()
  await invoke(1)
  await settle()
  await ask('logs', 'DeleteLogGroup', { logGroupName: '/aws/lambda/f' })
  await invoke(2)
  await settle()
  assert.equal((await events())[1], '2')
})

test('a role without permission is asked once a minute, and its logs come from when it has it', async () => {
  const { invoke, settle, events, role, clock, lambda, faults } = await loggingFixture()
  await role(policyOf({ Effect: 'Deny', Action: 'logs:*', Resource: '*' }))
  for (let n = 0; n < 5; n++) {
    await invoke(n)
    await settle()
  }
  await assert.rejects(events(), { code: 'ResourceNotFoundException' })
  // The log of the server's own has them all the same.
  const kept = await lambda.logs.read({ accountId: '111122223333', region: 'us-east-1' }, 'f')
  assert.equal(kept.length, 5)
  await role(allowEverything)
  await invoke(5)
  await settle()
  await assert.rejects(events(), { code: 'ResourceNotFoundException' })
  clock.advance(61)
  await invoke(6)
  await settle()
  assert.deepEqual(
    (await events()).filter((message) => /^\d$/.test(message)),
    ['6'],
  )
  assert.deepEqual(faults, [])
})
