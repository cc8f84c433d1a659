import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail'
import { checkAdvancedSelectors } from './check-advanced.ts'
import { checkBasicSelectors } from './check-basic.ts'

const code = 'InvalidEventSelectorsException'

const objects = (count: number) => ({
  DataResources: [
    { Type: 'AWS::S3::Object', Values: Array.from({ length: count }, (_, at) => `arn:aws:s3:::bucket/${at}`) },
  ],
})

test('scenario 34: a trail has 250 data resources at most, counted over its selectors', () => {
  assert.throws(() => checkBasicSelectors(Array(5).fill(objects(100))), { code })
  assert.equal(checkBasicSelectors(Array(5).fill(objects(50))).length, 5)
  assert.equal(checkBasicSelectors([objects(50), objects(50), objects(50), objects(99), objects(1)]).length, 5)
  const all = { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] }
  assert.equal(checkBasicSelectors([objects(250), all]).length, 2)
  assert.throws(() => checkBasicSelectors(Array(6).fill({})), { code })
  assert.throws(() => checkBasicSelectors([]), { code })
})

test('basic selectors refuse other types, values and sources with the texts of AWS', () => {
  const resources = (Type: string, value: string) => [{ DataResources: [{ Type, Values: [value] }] }]
  const types = 'AWS::DynamoDB::Table, AWS::Lambda::Function, AWS::S3::Object'
  assert.throws(() => checkBasicSelectors(resources('AWS::SQS::Queue', 'arn:aws:sqs')), {
    message: `Value AWS::SQS::Queue for DataResources.Type is invalid. Valid values are: ${types}`,
  })
  assert.throws(() => checkBasicSelectors(resources('AWS::S3::Object', 'arn:aws:s3:::*/*')), {
    message: 'Value arn:aws:s3:::*/* for DataResources.Values is invalid.',
  })
  assert.throws(() => checkBasicSelectors(resources('AWS::S3::Object', 'arn:aws:s3:::bucket')), { code })
  assert.throws(() => checkBasicSelectors([{ ReadWriteType: 'Some' as 'All' }]), { code })
  assert.throws(() => checkBasicSelectors([{ ExcludeManagementEventSources: ['iam.amazonaws.com'] }]), { code })
})

const fields = (...FieldSelectors: AdvancedFieldSelector[]) => [{ FieldSelectors }]
const dataOf = (...more: AdvancedFieldSelector[]) =>
  fields(
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    ...more,
  )

test('scenario 38: advanced selectors refuse what a field cannot take, and more than 500 values', () => {
  const refused = [
    fields({ Field: 'eventCategory', Equals: ['Management'] }, { Field: 'readOnly', NotEquals: ['true'] }),
    dataOf({ Field: 'eventName', Equals: Array.from({ length: 500 }, (_, at) => `n${at}`) }),
    fields({ Field: 'readOnly', Equals: ['true'] }),
    fields({ Field: 'eventCategory', Equals: ['Management', 'Data'] }),
    fields({ Field: 'eventCategory', Equals: ['Data'] }),
    fields({ Field: 'eventCategory', Equals: ['Management'] }, { Field: 'eventName', Equals: ['x'] }),
    fields({ Field: 'eventCategory', Equals: ['Management'] }, { Field: 'eventSource', Equals: ['kms.amazonaws.com'] }),
    dataOf({ Field: 'eventName' }),
    dataOf({ Field: 'eventName', Equals: [] }),
    dataOf({ Field: 'eventName', Equals: ['a'] }, { Field: 'eventName', Equals: ['b'] }),
    dataOf({ Field: 'eventName', Equals: ['a'], NotEquals: ['a'] }),
    fields({ Field: 'eventCategory', Equals: ['NetworkActivity'] }),
    fields({ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }),
    [],
  ]
  for (const selectors of refused) {
    assert.throws(() => checkAdvancedSelectors(selectors, 'trail'), { code }, JSON.stringify(selectors).slice(0, 200))
  }
  const most = Array.from({ length: 498 }, (_, at) => `n${at}`)
  assert.equal(checkAdvancedSelectors(dataOf({ Field: 'eventName', Equals: most }), 'trail').length, 1)
  assert.equal(
    checkAdvancedSelectors(fields({ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }), 'event-data-store').length,
    1,
  )
})
