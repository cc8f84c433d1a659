// A role that may decrypt only for one purpose, a call outside it, and the reasons of its denial.
import assert from 'node:assert/strict'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { startStrongroom } from '../src/server/server.ts'

const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
const at = { endpoint: server.endpoint, region: server.region, maxAttempts: 1 }
const root = { ...at, credentials: server.credentials }

const allow = (Action: string, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }] })

try {
  const iam = new IAMClient(root)
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'deployer' }))
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'deployer', PolicyName: 'assume', PolicyDocument: allow('sts:AssumeRole') }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'deployer' }))
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'backup-reader',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 'sts:AssumeRole' }],
      }),
    }),
  )
  const onlyBackups = { Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'backup' } } }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'backup-reader',
      PolicyName: 'decrypt-backups',
      PolicyDocument: allow('kms:Decrypt', onlyBackups),
    }),
  )

  const kms = new KMSClient(root)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const encrypt = async (purpose: string) =>
    kms.send(
      new EncryptCommand({
        KeyId: KeyMetadata?.KeyId,
        Plaintext: Buffer.from('secret'),
        EncryptionContext: { purpose },
      }),
    )

  const deployer = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const sts = new STSClient({ ...at, credentials: deployer })
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'night-run' }))
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken,
  }
  const asRole = new KMSClient({ ...at, credentials: session })
  const decrypt = async (purpose: string) =>
    asRole.send(
      new DecryptCommand({
        CiphertextBlob: (await encrypt(purpose)).CiphertextBlob,
        EncryptionContext: { purpose },
      }),
    )

  assert.equal(Buffer.from((await decrypt('backup')).Plaintext ?? []).toString(), 'secret')
  console.log('backup: decrypted')
  const denied = await decrypt('payroll').catch((error) => error)
  assert.equal(denied.name, 'AccessDeniedException')
  console.log(`payroll: ${denied.message}`)
  console.log(`ask for the reasons: strongroom explain ${denied.$metadata.requestId}`)
} finally {
  await server.stop()
}
