// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextKeysIn } from './context-keys.ts'
import { policyOf } from './testing.ts'

const statements = [
  { Resource: ['arn:aws:s3:::b/${aws:username}/${*}', "arn:aws:s3:::b/${aws:PrincipalTag/Team, 'x'}"] },
  { NotResource: '${AWS:UserName}', Condition: { StringEquals: { 'kms:ViaService': ['${aws:userid}', 'x'] } } },
  { Condition: { Null: { 'KMS:VIASERVICE': 'true' }, DateLessThan: { 'aws:CurrentTime': '2026' } } },
]

test('contextKeysIn lists the keys of conditions and variables once, as first written', () => {
  assert.deepEqual(contextKeysIn(policyOf(...statements)), [
    'aws:username',
    'aws:PrincipalTag/Team',
    'kms:ViaService',
    'aws:userid',
    'aws:CurrentTime',
  ])
})

test('contextKeysIn finds no variables in a policy of version 2008-10-17', () => {
  const text = policyOf(...statements).replace('2012-10-17', '2008-10-17')
  assert.deepEqual(contextKeysIn(text), ['kms:ViaService', 'aws:CurrentTime'])
})

test('contextKeysIn refuses what is not a policy', () => {
  assert.throws(() => contextKeysIn('{}'), { name: 'PolicyError' })
})
