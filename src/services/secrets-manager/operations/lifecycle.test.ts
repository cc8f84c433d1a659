import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { ListSecretsResponse, ListSecretVersionIdsResponse } from '@aws-sdk/client-secrets-manager'
import type { AwsEvent } from '../../../core/aws-event.ts'
import { dayMs } from '../../../core/durations.ts'
import { quotas } from '../domain/quotas.ts'
import { dayOf } from '../domain/secret.ts'
import { secretCountId, secretCounts, secrets, versions } from '../storage/collections.ts'
import { secretsManagerFixture } from '../testing.ts'

interface VersionList {
  Versions: { VersionId: string; VersionStages?: string[] }[]
}

test('scenario 12: versions of one day all stay; a day later those without labels shrink to the limit, oldest first', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  const marked = await sm.put(name, 'marked', { VersionStages: ['keep'] })
  const ids: string[] = []
  for (let i = 0; i < 148; i++) {
    ids.push(await sm.put(name, `v${i}`))
    sm.clock.advance(60)
  }
  const listed = async () => {
    const input = { SecretId: name, IncludeDeprecated: true, MaxResults: 100 }
    const first = (await sm.call('ListSecretVersionIds', input)) as VersionList & { NextToken?: string }
    const rest = first.NextToken
      ? ((await sm.call('ListSecretVersionIds', { ...input, NextToken: first.NextToken })) as VersionList)
      : { Versions: [] }
    return [...first.Versions, ...rest.Versions].map(({ VersionId }) => VersionId)
  }
  assert.equal((await listed()).length, 150)
  await sm.advance(20 * 60 * 60 * 1000)
  assert.equal((await listed()).length, 150)
  await sm.advance(dayMs)
  const left = await listed()
  assert.equal(left.length, 100)
  assert.ok(left.includes(marked))
  assert.deepEqual(left.slice(1), ids.slice(-99))
  const { ARN } = await sm.describe(name)
  const ends = sm.eventsOf(ARN).filter(({ eventName }) => eventName === 'EndSecretVersionDelete')
  assert.equal(ends.length, 50)
})

test('a secret whose window ends is gone with all its versions, each of which is recorded', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  await sm.put(name, 'second')
  const { ARN } = await sm.describe(name)
  await sm.call('DeleteSecret', { SecretId: name, RecoveryWindowInDays: 7 })
  await sm.advance(7 * dayMs - 1000)
  assert.ok((await sm.describe(name)).DeletedDate)
  await sm.advance(1000)
  await assert.rejects(sm.describe(name), { code: 'ResourceNotFoundException' })
  const names = sm.eventsOf(ARN).map(({ eventName }) => eventName)
  assert.deepEqual(names, [
    'StartSecretVersionDelete',
    'EndSecretVersionDelete',
    'StartSecretVersionDelete',
    'EndSecretVersionDelete',
  ])
  await sm.create({ Name: name })
  assert.notEqual((await sm.describe(name)).ARN, ARN)
})

test('a secret restored and marked anew goes when its new window ends, not its old one', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  await sm.call('DeleteSecret', { SecretId: name, RecoveryWindowInDays: 7 })
  await sm.advance(3 * dayMs)
  await sm.call('RestoreSecret', { SecretId: name })
  await sm.call('RestoreSecret', { SecretId: name })
  await sm.call('DeleteSecret', { SecretId: name, RecoveryWindowInDays: 10 })
  await sm.advance(9 * dayMs)
  assert.ok((await sm.describe(name)).DeletedDate)
  await sm.advance(dayMs)
  await assert.rejects(sm.describe(name), { code: 'ResourceNotFoundException' })
})

test('a label that comes to another version is published, unless it is one that rotation moves', async () => {
  const sm = await secretsManagerFixture()
  const events: AwsEvent[] = []
  sm.bus.subscribe((event) => void events.push(event))
  const name = await sm.create({ ClientRequestToken: randomUUID() })
  const version = await sm.put(name, 'second', { VersionStages: ['AWSPENDING', 'blue'] })
  await sm.call('TagResource', { SecretId: name, Tags: [{ Key: 'a', Value: 'b' }] })
  await sm.settle()
  // The clock stood still, so that their order is open.
  events.sort((a, b) => (String(a.detail.labelUpdated) < String(b.detail.labelUpdated) ? -1 : 1))
  assert.deepEqual(
    events.map(({ 'detail-type': type, detail }) => [type, detail.labelUpdated]),
    [
      ['Secret Label Updated', 'AWSCURRENT'],
      ['Secret Label Updated', 'blue'],
    ],
  )
  assert.deepEqual(events[1]?.detail, { name, labelUpdated: 'blue', versionId: version })
  assert.deepEqual(events[1]?.resources, [(await sm.describe(name)).ARN])
})

test('a secret of a service is changed by that service alone', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  const scope = { accountId: '111122223333', region: 'us-east-1' }

  await sm.store.transaction(async (tx) => {
    const secret = await tx.in(secrets).get(scope, name)
    if (secret) await tx.in(secrets).put(scope, name, { ...secret, owningService: 'rds' })
  })
  const refused = {
    code: 'InvalidRequestException',
    message: 'This secret is managed by an AWS service, and you must use that service to update it.',
  }
  await assert.rejects(sm.put(name, 'x'), refused)
  await assert.rejects(sm.call('UpdateSecret', { SecretId: name, Description: 'x' }), refused)
  await assert.rejects(sm.call('DeleteSecret', { SecretId: name }), refused)
  await assert.rejects(sm.call('CancelRotateSecret', { SecretId: name }), refused)
  assert.equal((await sm.describe(name)).OwningService, 'rds')
  await sm.call('TagResource', { SecretId: name, Tags: [{ Key: 'a', Value: 'b' }] })
  assert.equal((await sm.read(name)).SecretString, 'first')
})

test('secrets cannot be read from the database: values are there encrypted, and one moved to another version does not open', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create({ SecretString: 'ThePlainValue' })
  const second = await sm.put(name, 'AnotherPlainValue')
  const rows = await sm.store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))
  for (const { document } of rows) assert.doesNotMatch(document, /PlainValue|VGhlUGxhaW5WYWx1Z|QW5vdGhlclBsYWluVmFsdW/)

  const scope = { accountId: '111122223333', region: 'us-east-1' }
  await sm.store.transaction(async (tx) => {
    const [one, two] = await tx.in(versions).list(scope)
    if (!one || !two) throw new Error('there are two versions')
    const [from, to] = one.document.versionId === second ? [two, one] : [one, two]
    await tx.in(versions).put(scope, to.id, { ...to.document, value: from.document.value })
  })
  await assert.rejects(sm.read(name), { code: 'DecryptionFailure' })
})

test('an account and a secret have their limits', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  await sm.store.transaction(async (tx) => {
    const secret = await tx.in(secrets).get(scope, name)
    if (secret) await tx.in(secrets).put(scope, name, { ...secret, versionCount: quotas.versionsAtMost })
    await tx.in(secretCounts).put(scope, secretCountId, { secrets: quotas.secrets })
  })
  await assert.rejects(sm.put(name, 'one more'), { code: 'LimitExceededException' })
  assert.equal((await sm.read(name)).SecretString, 'first')
  await assert.rejects(sm.create(), { code: 'LimitExceededException' })
  await sm.call('DeleteSecret', { SecretId: name, ForceDeleteWithoutRecovery: true })
  await sm.create()
})

test('a token that is not text is refused, and the secret stays as it was', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  const before = await sm.describe(name)
  for (const ClientRequestToken of [`\0${'a'.repeat(32)}`, `\ud800${'a'.repeat(32)}`]) {
    await assert.rejects(sm.call('PutSecretValue', { SecretId: name, SecretString: 'x', ClientRequestToken }), {
      code: 'InvalidParameterException',
    })
  }
  assert.deepEqual(await sm.describe(name), before)
})

test('a read dates the secret and its version to the day, behind the answer and before any date is shown', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  const stored = async () => (await sm.store.in(secrets).get(scope, name))?.accessedDayMs
  await sm.read(name)
  assert.equal(await stored(), undefined)
  const today = new Date(dayOf(sm.clock.nowMs()))
  assert.deepEqual((await sm.describe(name)).LastAccessedDate, today)
  const { Versions } = (await sm.call('ListSecretVersionIds', { SecretId: name })) as ListSecretVersionIdsResponse
  assert.deepEqual(Versions?.[0]?.LastAccessedDate, today)

  const other = await sm.create()
  await sm.advance(dayMs)
  await sm.read(name)
  const sorted = (await sm.call('ListSecrets', {
    SortBy: 'last-accessed-date',
    SortOrder: 'desc',
  })) as ListSecretsResponse
  assert.deepEqual(
    sorted.SecretList?.map(({ Name, LastAccessedDate }) => [Name, LastAccessedDate]),
    [
      [name, new Date(today.getTime() + dayMs)],
      [other, undefined],
    ],
  )
})

test('a read of a secret that is deleted before its date is written leaves the next secret of the name undated', async () => {
  const sm = await secretsManagerFixture()
  const name = await sm.create()
  await sm.read(name)
  await sm.call('DeleteSecret', { SecretId: name, ForceDeleteWithoutRecovery: true })
  await sm.settle()
  await sm.create({ Name: name })
  assert.equal((await sm.describe(name)).LastAccessedDate, undefined)
  assert.deepEqual(sm.faults, [])
})
