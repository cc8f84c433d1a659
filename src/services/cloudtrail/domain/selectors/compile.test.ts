import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../../core/audit.ts'
import { checkAdvancedSelectors } from './check-advanced.ts'
import { checkBasicSelectors } from './check-basic.ts'
import { compileSelectors } from './compile.ts'
import { defaultSelectors } from './selectors.ts'

const management = (eventSource: string, eventName: string, readOnly = false): AuditRecord =>
  ({
    eventSource,
    eventName,
    readOnly,
    eventCategory: 'Management',
    managementEvent: true,
    userIdentity: {},
  }) as AuditRecord

const data = (eventSource: string, eventName: string, type: string, ARN: string, readOnly = false): AuditRecord =>
  ({
    eventSource,
    eventName,
    readOnly,
    eventCategory: 'Data',
    userIdentity: {},
    resources: [{ type, ARN }],
  }) as unknown as AuditRecord

const object = (key: string, eventName = 'PutObject', readOnly = false) =>
  data('s3.amazonaws.com', eventName, 'AWS::S3::Object', `arn:aws:s3:::${key}`, readOnly)

const basic = (...given: Parameters<typeof checkBasicSelectors>[0]) =>
  compileSelectors({ kind: 'basic', selectors: checkBasicSelectors(given) })

const advanced = (...FieldSelectors: Parameters<typeof checkAdvancedSelectors>[0][number]['FieldSelectors'] & object) =>
  compileSelectors({ kind: 'advanced', selectors: checkAdvancedSelectors([{ FieldSelectors }], 'trail') })

test('a trail without selectors takes all management events and no data events', () => {
  const { matches, mayWant } = compileSelectors(defaultSelectors)
  assert.ok(matches(management('kms.amazonaws.com', 'Decrypt', true)))
  assert.ok(!matches(object('b/k')))
  assert.ok(
    !mayWant({ eventSource: 's3.amazonaws.com', eventName: 'PutObject', readOnly: false, region: '', accountId: '' }),
  )
})

test('scenario 31: write-only selectors leave reads out', () => {
  const { matches } = basic({ ReadWriteType: 'WriteOnly' })
  assert.ok(!matches(management('ec2.amazonaws.com', 'DescribeInstances', true)))
  assert.ok(matches(management('ec2.amazonaws.com', 'RunInstances')))
})

test('scenario 29: excluded sources of management events are left out', () => {
  const { matches } = basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] })
  assert.ok(!matches(management('kms.amazonaws.com', 'CreateKey')))
  assert.ok(matches(management('iam.amazonaws.com', 'CreateUser')))
})

test('scenario 32: a basic selector of objects is the beginning of their ARNs', () => {
  const { matches, mayWant } = basic({
    DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/images'] }],
  })
  assert.deepEqual(
    ['photos/images/a.png', 'photos/images2/x', 'photos/docs/a', 'photos2/images/a'].map((key) => matches(object(key))),
    [true, true, false, false],
  )
  const event = { eventName: 'PutObject', readOnly: false, region: '', accountId: '' }
  assert.ok(mayWant({ ...event, eventSource: 's3.amazonaws.com' }))
  assert.ok(!mayWant({ ...event, eventSource: 'sqs.amazonaws.com' }))
})

test('what lists objects is about all objects of the bucket', () => {
  const list = {
    ...object('photos/', 'ListObjects', true),
    resources: [{ type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::photos/' }],
  }
  assert.ok(basic({ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/'] }] }).matches(list))
  assert.ok(!basic({ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::other/'] }] }).matches(list))
})

test('scenario 33: a basic selector of functions is the whole ARN', () => {
  const arn = 'arn:aws:lambda:us-east-1:111122223333:function:f'
  const invoke = (name: string) => data('lambda.amazonaws.com', 'Invoke', 'AWS::Lambda::Function', name)
  const { matches } = basic({ DataResources: [{ Type: 'AWS::Lambda::Function', Values: [arn] }] })
  assert.deepEqual([matches(invoke(arn)), matches(invoke(`${arn}2`))], [true, false])
  const all = basic({ DataResources: [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }] })
  assert.ok(all.matches(invoke(`${arn}2`)))
})

test('scenario 35: an advanced selector can leave the objects of one bucket out', () => {
  const { matches, mayWant } = advanced(
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    { Field: 'resources.ARN', NotStartsWith: ['arn:aws:s3:::logs/'] },
  )
  assert.deepEqual([matches(object('logs/a')), matches(object('b/a'))], [false, true])
  assert.ok(
    mayWant({ eventSource: 's3.amazonaws.com', eventName: 'GetObject', readOnly: true, region: '', accountId: '' }),
  )
})

test('scenario 36: advanced selectors without one for management events take none', () => {
  const { matches } = advanced(
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::SQS::Queue'] },
  )
  assert.ok(!matches(management('iam.amazonaws.com', 'CreateUser')))
  assert.ok(matches(data('sqs.amazonaws.com', 'SendMessage', 'AWS::SQS::Queue', 'arn:aws:sqs:us-east-1:1:q')))
  assert.ok(!matches(object('b/a')))
})

test('the values of one operator are alternatives, and those of Not operators all exclude', () => {
  const { matches } = advanced(
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    { Field: 'eventName', Equals: ['DeleteObject'], StartsWith: ['Put'], NotEndsWith: ['Tagging', 'Acl'] },
  )
  const names = ['DeleteObject', 'PutObject', 'GetObject', 'PutObjectTagging', 'PutObjectAcl']
  assert.deepEqual(
    names.filter((name) => matches(object('b/a', name))),
    ['DeleteObject', 'PutObject'],
  )
})

test('a field that the event does not have fits only what excludes', () => {
  const of = (selector: object) =>
    advanced(
      { Field: 'eventCategory', Equals: ['Data'] },
      { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      { Field: 'userIdentity.arn', ...selector },
    )
  assert.ok(!of({ StartsWith: ['arn:'] }).matches(object('b/a')))
  assert.ok(of({ NotStartsWith: ['arn:'] }).matches(object('b/a')))
})
