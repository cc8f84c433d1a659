import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AwsEvent } from '../../core/aws-event.ts'
import type { Operation } from '../../core/operation.ts'
import type { SsmContext } from './ssm-context.ts'
import { ssmOperations } from './ssm-service.ts'
import { ssmFixture } from './testing.ts'

const operations: Record<string, Operation<SsmContext, never, unknown>> = ssmOperations

test('the operation table separates reads from writes as CloudTrail does', () => {
  const writes = Object.entries(operations).filter(([, { readOnly }]) => !readOnly)
  assert.deepEqual(writes.map(([name]) => name).sort(), [
    ...['AddTagsToResource', 'DeleteParameter', 'DeleteParameters', 'DeleteResourcePolicy', 'LabelParameterVersion'],
    ...['PutParameter', 'PutResourcePolicy', 'RemoveTagsFromResource', 'ResetServiceSetting'],
    ...['UnlabelParameterVersion', 'UpdateServiceSetting'],
  ])
})

test('reads and deletions of what does not exist are the only failures that no record shows', () => {
  const silent = Object.entries(operations).filter(([, { audit }]) => audit?.unrecordedErrors)
  assert.deepEqual(
    silent.map(([name, { audit }]) => [name, audit?.unrecordedErrors]),
    [
      ['GetParameter', ['ParameterNotFound']],
      ['DeleteParameter', ['ParameterNotFound']],
    ],
  )
})

test('PS8: a policy that has acted does not act again when its work is run once more', async () => {
  const ssm = await ssmFixture()
  const events: AwsEvent[] = []
  ssm.bus.subscribe((event) => void events.push(event))
  const Policies = JSON.stringify([
    { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '1', Unit: 'Hours' } },
  ])
  await ssm.call('PutParameter', { Name: '/p', Value: 'v', Type: 'String', Tier: 'Advanced', Policies })
  ssm.clock.advance(3600)
  await ssm.settle()
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  await ssm.store.transaction((tx) =>
    tx.schedule({
      kind: 'ssm.parameter-policy',
      key: 'arn:aws:ssm:us-east-1:111122223333:parameter/p',
      dueAtMs: ssm.clock.nowMs(),
      scope,
      payload: { qualified: '/p' },
    }),
  )
  await ssm.settle()
  assert.deepEqual(ssm.faults, [])
  assert.equal(events.filter(({ detail }) => detail['policy-type'] === 'NoChangeNotification').length, 1)
})
