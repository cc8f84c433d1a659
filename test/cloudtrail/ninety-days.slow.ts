import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import type { ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail'
import { cloudtrailFixture } from '../../src/services/cloudtrail/testing.ts'
import { iam } from '../../src/services/iam/iam.ts'
import { accountId, region } from '../../src/testing/callers.ts'
import { seeded } from '../../src/testing/random.ts'

const days = 90

test('over ninety days, files and digests are those of a model', { timeout: 300_000 }, () =>
  seeded(async (random) => {
    const { start, trail, call, pass, keys, object, events, store, clock, faults } = await cloudtrailFixture({
      modules: [iam],
    })
    const endMs = clock.nowMs() + days * 86_400_000
    const pick = <T>(...choices: readonly [T, ...T[]]): T =>
      choices[Math.floor(random() * choices.length)] ?? choices[0]
    await start('audit', { EnableLogFileValidation: true })
    let isLogging = true
    let access: 'All' | 'ReadOnly' | 'WriteOnly' = 'All'
    const expected = new Set<string>()
    const sessions: { fromMs: number; toMs?: number }[] = [{ fromMs: clock.nowMs() }]
    /** Makes a call that is recorded, and has the model take it if the trail does. */
    const recorded = async (make: () => Promise<unknown>, isTaken: () => boolean) => {
      const before = store.records.length
      await make()
      for (const { eventID, readOnly, eventSource } of store.records.slice(before)) {
        const fits = access === 'All' || (access === 'ReadOnly') === readOnly
        if (isTaken() && fits && eventSource !== 's3.amazonaws.com') expected.add(eventID)
      }
      await pass(0)
    }
    const started = store.records.at(-1)
    expected.add(started?.eventID ?? '')
    await pass(0)
    for (let n = 0; clock.nowMs() < endMs; n++) {
      const logged = isLogging
      const what = pick('write', 'write', 'read', 'read', 'switch', 'selectors')
      if (what === 'write')
        await recorded(
          () => call('iam', 'CreateUser', { UserName: `u${n}` }),
          () => logged,
        )
      if (what === 'read')
        await recorded(
          () => call('iam', 'ListUsers', {}),
          () => logged,
        )
      if (what === 'switch') {
        isLogging = !isLogging
        const operation = isLogging ? 'StartLogging' : 'StopLogging'
        const last = sessions.at(-1)
        if (isLogging) sessions.push({ fromMs: clock.nowMs() })
        else if (last) last.toMs = clock.nowMs()
        await recorded(
          () => trail(operation, { Name: 'audit' }),
          () => true,
        )
      }
      if (what === 'selectors') {
        const chosen = pick('All' as const, 'ReadOnly' as const, 'WriteOnly' as const)
        const EventSelectors = [{ ReadWriteType: chosen }]
        // The change counts for its own record: it is taken with the selectors that it has put.
        access = chosen
        await recorded(
          () => trail('PutEventSelectors', { TrailName: 'audit', EventSelectors }),
          () => logged,
        )
      }
      await pass(pick(1, 7, 60, 500, 2000))
    }
    await pass(70)
    const delivered = (await events()).map(({ eventID }) => eventID)
    assert.equal(new Set(delivered).size, delivered.length, 'no event is in two files')
    assert.deepEqual(new Set(delivered), expected)

    const { PublicKeyList = [] } = await trail<ListPublicKeysResponse>('ListPublicKeys', {
      StartTime: new Date(0),
      EndTime: new Date('2100-01-01T00:00:00Z'),
    })
    const named: string[] = []
    const ends: number[] = []
    for (const key of await keys(`AWSLogs/${accountId}/CloudTrail-Digest/${region}/`)) {
      const { text, Metadata = {} } = await object(key)
      const digest = JSON.parse(text)
      const hash = createHash('sha256').update(text).digest('hex')
      const previous = digest.previousDigestSignature ?? 'null'
      const signed = [digest.digestEndTime, `${digest.digestS3Bucket}/${key}`, hash, previous].join('\n')
      const { Value } = PublicKeyList.find(({ Fingerprint }) => Fingerprint === digest.digestPublicKeyFingerprint) ?? {}
      const publicKey = createPublicKey({ key: Buffer.from(Value ?? []), format: 'der', type: 'pkcs1' })
      assert.ok(verify('RSA-SHA256', Buffer.from(signed), publicKey, Buffer.from(Metadata.signature ?? '', 'hex')), key)
      for (const { s3Object } of digest.logFiles) named.push(s3Object)
      ends.push(Date.parse(digest.digestEndTime))
    }
    assert.deepEqual(
      named.sort(),
      (await keys(`AWSLogs/${accountId}/CloudTrail/`)).sort(),
      'each file is in one digest',
    )
    // Each hour of logging has a digest, and what is left of the last hour has one.
    const hours = sessions.reduce((sum, { fromMs, toMs }) => {
      const lengthMs = (toMs ?? clock.nowMs()) - fromMs
      return sum + (toMs === undefined ? Math.floor(lengthMs / 3_600_000) : Math.floor(lengthMs / 3_600_000) + 1)
    }, 0)
    assert.equal(ends.length, hours)
    assert.ok(PublicKeyList.length <= 2)
    assert.deepEqual(faults, [])
  }),
)
