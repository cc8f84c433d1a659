import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, kmsFixture, policyOf } from '../../testing.ts'

const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue })

test('TagResource adds and replaces, UntagResource removes, ListResourceTags pages', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ Tags: [tag('a', '1')] })
  assert.equal(await kms.call('TagResource', { KeyId, Tags: [tag('a', '2'), tag('b'), tag('c', '3')] }), undefined)
  assert.equal(await kms.call('UntagResource', { KeyId, TagKeys: ['b', 'none'] }), undefined)
  const first = await kms.call('ListResourceTags', { KeyId, Limit: 1 })
  assert.deepEqual([first.Tags, first.Truncated], [[tag('a', '2')], true])
  const rest = await kms.call('ListResourceTags', { KeyId, Limit: 1, Marker: first.NextMarker })
  assert.deepEqual(rest, { Tags: [tag('c', '3')], Truncated: false })
})

test('TagResource refuses as AWS does and changes nothing then', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const refused = (message: string) => ({ code: 'TagException', message })
  const many = Array.from({ length: 51 }, (_, index) => tag(`k${index}`))
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: many }), refused('Too many tags'))
  await assert.rejects(
    kms.call('TagResource', { KeyId, Tags: [tag('AWS:x')] }),
    refused('Tags beginning with aws: are reserved'),
  )
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: [tag('a'), tag('a')] }), refused('Duplicate tag keys'))
  assert.deepEqual((await kms.call('ListResourceTags', { KeyId })).Tags, [])
  await kms.call('ScheduleKeyDeletion', { KeyId })
  const pending = { code: 'KMSInvalidStateException', message: `${arn} is pending deletion.` }
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: [tag('a')] }), pending)
  await assert.rejects(kms.call('UntagResource', { KeyId, TagKeys: ['a'] }), pending)
  await assert.rejects(
    kms.call('TagResource', { KeyId, Tags: [tag('aws:x')] }),
    refused('Tags beginning with aws: are reserved'),
  )
})

test('tags decide what an identity policy with aws:ResourceTag and aws:TagKeys allows', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ Tags: [tag('team', 'red')] })
  const document = policyOf(
    {
      Effect: 'Allow',
      Action: 'kms:Encrypt',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
    },
    {
      Effect: 'Allow',
      Action: ['kms:TagResource', 'kms:UntagResource'],
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
        StringLike: { 'aws:ResourceTag/team': '*' },
      },
    },
  )
  await kms.putUser(alice, [document])
  const as = { caller: alice }
  const Plaintext = Buffer.from('x')
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, as), { message: /perform: kms:Encrypt/ })
  await assert.rejects(kms.call('TagResource', { KeyId, Tags: [tag('owner')] }, as), { code: 'AccessDeniedException' })
  await assert.rejects(kms.call('UntagResource', { KeyId, TagKeys: ['owner'] }, as), { code: 'AccessDeniedException' })
  await kms.call('TagResource', { KeyId, Tags: [tag('team', 'blue')] }, as)
  await kms.call('Encrypt', { KeyId, Plaintext }, as)
})
