// A thirty-day deletion window, tested in a second: the key can be saved until the last day, and is gone after it.
import assert from 'node:assert/strict'
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  KMSClient,
  NotFoundException,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { startStrongroom } from '../src/server/server.ts'

const day = 24 * 60 * 60
const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
const kms = new KMSClient({ endpoint: server.endpoint, region: server.region, credentials: server.credentials })

try {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'payroll' }))
  const KeyId = KeyMetadata?.KeyId
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 }))
  await server.advance(29 * day)

  await kms.send(new CancelKeyDeletionCommand({ KeyId }))
  await kms.send(new EnableKeyCommand({ KeyId }))
  await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('saved on the last day') }))
  console.log('day 29: cancelled, enabled and used again')

  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 }))
  await server.advance(31 * day)
  await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId })), NotFoundException)
  console.log('day 31: gone')
} finally {
  kms.destroy()
  await server.stop()
}
