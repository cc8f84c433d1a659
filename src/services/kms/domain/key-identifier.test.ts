import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAliasName } from './alias-name.ts'
import { aliasArn, keyArn, parseKeyIdentifier } from './key-identifier.ts'

const place = { partition: 'aws', region: 'us-east-1', accountId: '111122223333' }
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const multiRegionId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const parse = (text: string, acceptsAliases = true) => parseKeyIdentifier(text, place, acceptsAliases)

test('parseKeyIdentifier reads key ids and alias names as those of the caller, and ARNs as those of their account', () => {
  const { accountId } = place
  assert.deepEqual(parse(keyId), { accountId, keyId })
  assert.deepEqual(parse(multiRegionId), { accountId, keyId: multiRegionId })
  assert.deepEqual(parse('alias/app'), { accountId, aliasName: 'alias/app' })
  const other = '444455556666'
  assert.deepEqual(parse(`arn:aws:kms:us-east-1:${other}:key/${keyId}`), { accountId: other, keyId })
  assert.deepEqual(parse(`arn:aws:kms:us-east-1:${other}:alias/a/b`), { accountId: other, aliasName: 'alias/a/b' })
})

test('parseKeyIdentifier answers malformed key ids as AWS does, with or without an ARN around them', () => {
  for (const text of ['fake-key-id', 'mrk-fake-key-id', keyId.replaceAll('-', ''), keyId.toUpperCase(), `${keyId}0`]) {
    assert.throws(() => parse(text), { code: 'NotFoundException', message: `Invalid keyId '${text}'` })
    const arn = `arn:aws:kms:us-east-1:111122223333:key/${text}`
    assert.throws(() => parse(arn), { code: 'NotFoundException', message: `Invalid keyId '${text}'` })
  }
})

test('parseKeyIdentifier refuses ARNs of another region by naming the region', () => {
  for (const resource of [`key/${keyId}`, `key/${multiRegionId}`, 'alias/app']) {
    assert.throws(() => parse(`arn:aws:kms:eu-west-1:111122223333:${resource}`), {
      code: 'NotFoundException',
      message: 'Invalid arn eu-west-1',
    })
  }
})

test('parseKeyIdentifier refuses ARNs that are not of KMS', () => {
  for (const text of [
    'arn:aws:kms',
    `arn:aws:s3:us-east-1:111122223333:key/${keyId}`,
    `arn:aws-cn:kms:us-east-1:111122223333:key/${keyId}`,
    `arn:aws:kms:us-east-1:1111:key/${keyId}`,
    `arn:aws:kms:us-east-1:111122223333:${keyId}`,
  ]) {
    assert.throws(() => parse(text), { code: 'InvalidArnException' }, text)
  }
})

test('parseKeyIdentifier refuses aliases where only keys are accepted', () => {
  for (const text of ['alias/app', 'arn:aws:kms:us-east-1:111122223333:alias/app']) {
    assert.throws(() => parse(text, false), {
      code: 'InvalidArnException',
      message: 'Key Aliases are not supported for this operation.',
    })
  }
})

test('keyArn and aliasArn are read back by parseKeyIdentifier', () => {
  const { accountId } = place
  assert.equal(keyArn(place, keyId), `arn:aws:kms:us-east-1:111122223333:key/${keyId}`)
  assert.deepEqual(parse(keyArn(place, keyId)), { accountId, keyId })
  assert.deepEqual(parse(aliasArn(place, 'alias/x')), { accountId, aliasName: 'alias/x' })
})

test('checkAliasName wants the prefix and the letters of an alias, and leaves alias/aws/ to AWS', () => {
  checkAliasName('alias/a_B-9/x')
  assert.throws(() => checkAliasName('app'), {
    code: 'ValidationException',
    message:
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  })
  for (const name of ['alias/', 'alias/a:b', 'alias/a b']) {
    assert.throws(() => checkAliasName(name), { code: 'ValidationException' }, name)
  }
  assert.throws(() => checkAliasName('alias/aws/s3'), { code: 'NotAuthorizedException', message: '' })
  checkAliasName('alias/awsome')
})
