import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { hourMs } from '../../src/core/durations.ts'
import { verifyLedgerOf } from '../../src/maintenance/verify-ledger.ts'
import { startStrongroom } from '../../src/server/server.ts'

test('a clock that jumps ahead and back by hours loses no record, no event and no session before its time', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-clock-'))
  const server = await startStrongroom({ dev: true, dataDir, port: 0, logLevel: 'silent' })
  try {
    const client = { endpoint: server.endpoint, region: server.region, credentials: server.credentials }
    const kms = new KMSClient(client)
    const startMs = server.now().getTime()
    const { Credentials } = await new STSClient(client).send(new GetSessionTokenCommand({ DurationSeconds: 3600 }))
    assert.ok(Credentials?.AccessKeyId && Credentials.SecretAccessKey)
    const session = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }
    const ofSession = () => new STSClient({ ...client, credentials: session }).send(new GetCallerIdentityCommand({}))
    for (const hours of [0, 5, -5, -1]) {
      await server.setTime(new Date(startMs + hours * hourMs))
      await kms.send(new ListKeysCommand({}))
      // Within an hour of its issue by the server's clock it is good, whichever way that came there.
      if (hours === 5) await assert.rejects(ofSession(), { name: 'ExpiredToken' })
      else await ofSession()
    }
    const { Events = [] } = await new CloudTrailClient(client).send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ListKeys' }],
        StartTime: new Date(startMs - 6 * hourMs),
        EndTime: new Date(startMs + 6 * hourMs),
      }),
    )
    const hours = Events.map(({ EventTime }) => Math.floor(((EventTime?.getTime() ?? 0) - startMs) / hourMs + 0.5))
    assert.deepEqual(hours, [5, 0, -1, -5])
  } finally {
    await server.stop()
  }
  try {
    assert.equal((await verifyLedgerOf({ dataDir })).sound, true)
    const again = await startStrongroom({ dev: true, dataDir, port: 0, logLevel: 'silent' })
    await again.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
