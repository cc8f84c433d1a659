import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keys } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, policyOf, region, stranger } from '../../testing.ts'

const aliasArn = (name: string) => `arn:aws:kms:us-east-1:111122223333:${name}`
const scope = { accountId, region }

test('CreateAlias gives a key another name', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  assert.equal(await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: arn }), undefined)
  const now = kms.clock.now()
  assert.deepEqual(await kms.call('ListAliases', { KeyId: keyId }), {
    Aliases: [
      {
        AliasName: 'alias/app',
        AliasArn: aliasArn('alias/app'),
        TargetKeyId: keyId,
        CreationDate: now,
        LastUpdatedDate: now,
      },
    ],
    Truncated: false,
  })
})

test('CreateAlias refuses names and targets as AWS does', async () => {
  const kms = await kmsFixture()
  const { keyId: TargetKeyId } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId })
  const refused: [string, string, object][] = [
    ['app', TargetKeyId, { code: 'ValidationException', message: /^Alias must start with the prefix "alias\/"/ }],
    ['alias/a:b', TargetKeyId, { code: 'ValidationException' }],
    ['alias/aws/x', TargetKeyId, { code: 'NotAuthorizedException', message: '' }],
    [
      'alias/app',
      TargetKeyId,
      {
        code: 'AlreadyExistsException',
        message: `An alias with the name ${aliasArn('alias/app')} already exists`,
      },
    ],
    ['alias/b', 'alias/app', { code: 'ValidationException', message: 'Aliases must refer to keys. Not aliases' }],
    ['alias/b', aliasArn('alias/app'), { code: 'ValidationException' }],
    ['alias/b', 'nokey', { code: 'NotFoundException' }],
  ]
  for (const [AliasName, target, error] of refused) {
    await assert.rejects(kms.call('CreateAlias', { AliasName, TargetKeyId: target }), error, `${AliasName} → ${target}`)
  }
})

test('CreateAlias gives a key 50 aliases and no more', async () => {
  const kms = await kmsFixture()
  const { keyId: TargetKeyId } = await kms.key()
  for (let count = 0; count < 50; count++) {
    await kms.call('CreateAlias', { AliasName: `alias/a${count}`, TargetKeyId })
  }
  await assert.rejects(kms.call('CreateAlias', { AliasName: 'alias/b', TargetKeyId }), {
    code: 'LimitExceededException',
  })
  const other = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/b', TargetKeyId: other.keyId })
  await assert.rejects(kms.call('UpdateAlias', { AliasName: 'alias/b', TargetKeyId }), {
    code: 'LimitExceededException',
  })
  await kms.call('UpdateAlias', { AliasName: 'alias/a7', TargetKeyId })
  assert.equal((await kms.store.in(keys).get(scope, TargetKeyId))?.aliasNames.length, 50)
})

test('alias operations ask for the alias and for every key concerned', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.keyId })
  const asked = async (permissions: Promise<readonly { action: string; resource: string }[]>) =>
    (await permissions).map(({ action, resource }) => `${action} ${resource}`)
  const AliasName = 'alias/app'
  assert.deepEqual(await asked(kms.permissions('CreateAlias', { AliasName, TargetKeyId: two.keyId })), [
    `kms:CreateAlias ${aliasArn(AliasName)}`,
    `kms:CreateAlias ${two.arn}`,
  ])
  assert.deepEqual(await asked(kms.permissions('UpdateAlias', { AliasName, TargetKeyId: two.keyId })), [
    `kms:UpdateAlias ${aliasArn(AliasName)}`,
    `kms:UpdateAlias ${one.arn}`,
    `kms:UpdateAlias ${two.arn}`,
  ])
  assert.deepEqual(await asked(kms.permissions('DeleteAlias', { AliasName })), [
    `kms:DeleteAlias ${aliasArn(AliasName)}`,
    `kms:DeleteAlias ${one.arn}`,
  ])
})

test('CreateAlias needs both the identity policy on the alias and the policy of the key', async () => {
  const kms = await kmsFixture()
  const { keyId: TargetKeyId, arn } = await kms.key()
  const input = { AliasName: 'alias/app', TargetKeyId }
  const allow = (Resource: string[]) =>
    kms.putUser(alice, [policyOf({ Effect: 'Allow', Action: 'kms:CreateAlias', Resource })])
  await allow([arn])
  await assert.rejects(kms.call('CreateAlias', input, { caller: alice }), {
    message: /on resource: \S+:alias\/app because/,
  })
  await allow([aliasArn('alias/app')])
  await assert.rejects(kms.call('CreateAlias', input, { caller: alice }), { message: /:key\// })
  await allow([arn, aliasArn('alias/*')])
  await kms.call('CreateAlias', input, { caller: alice })
})

test('UpdateAlias moves an alias, so that new data goes to the new key and old data is still read', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  const AliasName = 'alias/app'
  await kms.call('CreateAlias', { AliasName, TargetKeyId: one.keyId })
  const Plaintext = Buffer.from('old')
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: AliasName, Plaintext })
  kms.clock.advance(60)
  await kms.call('UpdateAlias', { AliasName, TargetKeyId: two.keyId })
  assert.equal((await kms.call('Encrypt', { KeyId: AliasName, Plaintext })).KeyId, two.arn)
  const decrypted = await kms.call('Decrypt', { CiphertextBlob })
  assert.deepEqual([decrypted.KeyId, decrypted.Plaintext], [one.arn, Plaintext])
  const [entry] = (await kms.call('ListAliases', {})).Aliases ?? []
  assert.equal(entry?.TargetKeyId, two.keyId)
  assert.equal(Number(entry?.LastUpdatedDate) - Number(entry?.CreationDate), 60_000)
  assert.deepEqual((await kms.call('ListAliases', { KeyId: one.keyId })).Aliases, [])
})

test('UpdateAlias refuses aliases that are not there and keys of another kind', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  const AliasName = 'alias/app'
  await assert.rejects(kms.call('UpdateAlias', { AliasName, TargetKeyId: one.keyId }), {
    code: 'NotFoundException',
    message: `Alias ${aliasArn(AliasName)} is not found.`,
  })
  await kms.call('CreateAlias', { AliasName, TargetKeyId: one.keyId })
  const stored = await kms.store.in(keys).get(scope, two.keyId)
  assert.ok(stored)
  for (const change of [{ keySpec: 'RSA_2048' }, { keySpec: 'HMAC_256' }, { keyUsage: 'SIGN_VERIFY' }] as const) {
    await kms.store.transaction((tx) => tx.in(keys).put(scope, two.keyId, { ...stored, ...change }))
    await assert.rejects(kms.call('UpdateAlias', { AliasName, TargetKeyId: two.keyId }), {
      code: 'ValidationException',
    })
  }
})

test('UpdateAlias leaves a key that is pending deletion, and comes to none', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  const AliasName = 'alias/app'
  await kms.call('CreateAlias', { AliasName, TargetKeyId: one.keyId })
  await kms.call('ScheduleKeyDeletion', { KeyId: one.keyId })
  await kms.call('UpdateAlias', { AliasName, TargetKeyId: two.keyId })
  await assert.rejects(kms.call('UpdateAlias', { AliasName, TargetKeyId: one.keyId }), {
    code: 'KMSInvalidStateException',
    message: `${one.arn} is pending deletion.`,
  })
})

test('an alias that moves between authorisation and work is not touched', async () => {
  const kms = await kmsFixture()
  const [one, two, three] = [await kms.key(), await kms.key(), await kms.key()]
  const AliasName = 'alias/app'
  await kms.call('CreateAlias', { AliasName, TargetKeyId: one.keyId })
  const again = { code: 'DependencyTimeoutException', status: 503 }
  kms.beforeHandling('DeleteAlias', () => kms.call('UpdateAlias', { AliasName, TargetKeyId: two.keyId }))
  await assert.rejects(kms.call('DeleteAlias', { AliasName }), again)
  kms.beforeHandling('UpdateAlias', () => kms.call('UpdateAlias', { AliasName, TargetKeyId: one.keyId }))
  await assert.rejects(kms.call('UpdateAlias', { AliasName, TargetKeyId: three.keyId }), again)
  assert.equal((await kms.call('DescribeKey', { KeyId: AliasName })).KeyMetadata?.Arn, one.arn)
})

test('a key found by an alias is the one that is used, though the alias moves meanwhile', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.keyId })
  const AliasName = 'alias/app'
  kms.beforeHandling('Encrypt', () => kms.call('UpdateAlias', { AliasName, TargetKeyId: two.keyId }))
  const { KeyId } = await kms.call('Encrypt', { KeyId: AliasName, Plaintext: Buffer.from('x') })
  assert.equal(KeyId, one.arn)
})

test('DeleteAlias takes the name away and leaves the key', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId })
  await kms.call('DeleteAlias', { AliasName: 'alias/app' })
  await assert.rejects(kms.call('DeleteAlias', { AliasName: 'alias/app' }), {
    code: 'NotFoundException',
    message: `Alias ${aliasArn('alias/app')} is not found.`,
  })
  await assert.rejects(kms.call('DeleteAlias', { AliasName: 'alias/aws/ssm' }), { code: 'NotAuthorizedException' })
  assert.equal((await kms.call('DescribeKey', { KeyId: keyId })).KeyMetadata?.Arn, arn)
  assert.deepEqual((await kms.store.in(keys).get(scope, keyId))?.aliasNames, [])
})

test('ListAliases shows those of one key, in pages that another list does not continue', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  for (const name of ['alias/c', 'alias/a', 'alias/b']) {
    await kms.call('CreateAlias', { AliasName: name, TargetKeyId: one.keyId })
  }
  await kms.call('CreateAlias', { AliasName: 'alias/ab', TargetKeyId: two.keyId })
  const names = (page: { Aliases?: { AliasName?: string }[] }) => page.Aliases?.map(({ AliasName }) => AliasName)
  const first = await kms.call('ListAliases', { KeyId: one.arn, Limit: 2 })
  assert.deepEqual([names(first), first.Truncated], [['alias/a', 'alias/b'], true])
  const second = await kms.call('ListAliases', { KeyId: one.keyId, Limit: 2, Marker: first.NextMarker })
  assert.deepEqual([names(second), second.Truncated], [['alias/c'], false])
  const all = names(await kms.call('ListAliases', {}))?.filter((name) => !name?.startsWith('alias/aws/'))
  assert.deepEqual(all, ['alias/a', 'alias/ab', 'alias/b', 'alias/c'])
  for (const KeyId of [undefined, two.keyId]) {
    await assert.rejects(kms.call('ListAliases', { KeyId, Marker: first.NextMarker }), {
      code: 'InvalidMarkerException',
    })
  }
  await assert.rejects(kms.call('ListAliases', { KeyId: 'alias/a' }), { code: 'InvalidArnException' })
  await assert.rejects(kms.call('ListAliases', { KeyId: one.arn }, { caller: stranger }), {
    code: 'AccessDeniedException',
  })
})
