import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateRoleCommand, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { DecryptCommand, EncryptCommand, ListKeysCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import type { Strongroom } from '../../src/server/server.ts'
import { newKey, newUser, records } from '../fixtures/actors.ts'
import { clientsOf, credentialsOf, policy, startTestServer } from '../fixtures/clients.ts'
import { assertRefused, main } from '../fixtures/command.ts'
import { clientEnvironment, run } from '../fixtures/foreign.ts'
import { postTask } from '../fixtures/operator.ts'

let folder: string
let server: Strongroom
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-past-'))
  server = await startTestServer({ logLevel: 'error' })
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const policyCommand = (...words: string[]) =>
  run(
    process.execPath,
    [main, 'policy', ...words, '--endpoint', server.endpoint, '--dev'],
    clientEnvironment(server, server.credentials),
  )

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const keyId = async () => (await newKey(server)).arn

type Clients = ReturnType<typeof clientsOf>

/** The calls of an application: a key of its own, a secret under it, and a parameter. */
async function work({ kms, secrets, ssm }: Pick<Clients, 'kms' | 'secrets' | 'ssm'>, key: string, secret: string) {
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }))
  await kms.send(new DecryptCommand({ CiphertextBlob }))
  await kms.send(new ListKeysCommand({}))
  await secrets.send(new GetSecretValueCommand({ SecretId: secret }))
  await ssm.send(new GetParameterCommand({ Name: '/app/mode' }))
}

test('a policy made of the calls of one user allows another the same calls and no others', async () => {
  const [key, otherKey] = [await keyId(), await keyId()]
  const root = clientsOf(server)
  await root.secrets.send(new CreateSecretCommand({ Name: 'app/db', SecretString: 's', KmsKeyId: key }))
  await root.secrets.send(new CreateSecretCommand({ Name: 'app/other', SecretString: 's' }))
  await root.ssm.send(new PutParameterCommand({ Name: '/app/mode', Value: 'on', Type: 'String' }))
  const ada = await newUser(server, {
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ListKeys', 'secretsmanager:*', 'ssm:*'],
  })
  await work(ada, key, 'app/db')
  await assert.rejects(ada.kms.send(new ScheduleKeyDeletionCommand({ KeyId: key })), { name: 'AccessDeniedException' })

  const generated = await policyCommand('generate', '--principal', ada.arn)
  assert.equal(generated.status, 0, generated.stderr)
  assert.match(generated.stderr, /: 7 recorded calls in 90 days .*, 0 data events among them\.$/m)
  assert.match(generated.stderr, new RegExp(`^denied 1x: kms:ScheduleKeyDeletion on ${key}$`, 'm'))
  assert.match(
    generated.stderr,
    /^1 call made by secretsmanager\.amazonaws\.com for the principal \(kms:ViaService secretsmanager\.us-east-1\.amazonaws\.com\)\.$/m,
  )
  assert.deepEqual((await policyCommand('generate', '--principal', ada.arn)).stdout, generated.stdout)

  const bob = await newUser(server, undefined)
  await assert.rejects(work(bob, key, 'app/db'), { name: 'AccessDeniedException' })
  await root.iam.send(
    new PutUserPolicyCommand({ UserName: bob.name, PolicyName: 'least', PolicyDocument: generated.stdout }),
  )
  await work(bob, key, 'app/db')
  for (const other of [
    () => bob.kms.send(new EncryptCommand({ KeyId: otherKey, Plaintext: Buffer.from('x') })),
    () => bob.kms.send(new ScheduleKeyDeletionCommand({ KeyId: key })),
    () => bob.secrets.send(new GetSecretValueCommand({ SecretId: 'app/other' })),
    () => bob.ssm.send(new PutParameterCommand({ Name: '/app/mode', Value: 'off', Overwrite: true })),
  ]) {
    await assert.rejects(other(), { name: 'AccessDeniedException' })
  }

  const same = await policyCommand('replay', '--principal', ada.arn, '--policy', fileOf('same.json', generated.stdout))
  assert.equal(same.status, 0, same.stderr)
  assert.equal(same.stdout, 'Every recorded call that was allowed would be allowed.\n')

  const text = await policyCommand('generate', '--principal', ada.arn, '--format', 'text')
  assert.match(text.stdout, /^ {4}\/\/ kms:Encrypt: needed by 1 call$/m)
  assert.deepEqual(JSON.parse(text.stdout.replaceAll(/^ *\/\/.*$/gm, '')), JSON.parse(generated.stdout))
})

test('a narrower policy is answered by exactly the calls that break, each with its reason', async () => {
  const key = await keyId()
  const eve = await newUser(server, { Action: ['kms:Encrypt', 'kms:ListKeys'] })
  await eve.kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }))
  await eve.kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }))
  await eve.kms.send(new ListKeysCommand({}))
  await assert.rejects(eve.kms.send(new ScheduleKeyDeletionCommand({ KeyId: key })), { name: 'AccessDeniedException' })
  const narrower = fileOf('narrower.json', policy({ Action: ['kms:ListKeys', 'kms:ScheduleKeyDeletion'] }))
  for (const type of ['identity', 'boundary', 'scp']) {
    const { status, stdout, stderr } = await policyCommand(
      ...['replay', '--principal', eve.arn, '--policy', narrower, '--type', type],
    )
    assert.equal(status, 1, stderr)
    const verdicts = stdout.split('\n').filter((line) => line.startsWith('would'))
    const denied = new RegExp(`^would deny: kms:Encrypt on ${key}, 2 calls `)
    assert.match(verdicts[0] ?? '', denied)
    const newly = new RegExp(`^would newly allow: kms:ScheduleKeyDeletion on ${key}, 1 call `)
    if (type === 'identity') assert.match(verdicts[1] ?? '', newly)
    // A limit allows nothing that the user's own policies do not.
    assert.equal(verdicts.length, type === 'identity' ? 2 : 1)
    const noun = { identity: 'identity-based policy', boundary: 'permissions boundary', scp: 'service control policy' }[
      type
    ]
    assert.match(stdout, new RegExp(`Denied: no ${noun} allows kms:Encrypt\\.`))
    const ids = /events: (.*)/.exec(stdout)?.[1]?.split(', ')
    const calls = await records(server, 'Username', eve.name)
    const encrypted = calls.filter(({ eventName }) => eventName === 'Encrypt').map(({ eventID }) => eventID)
    assert.deepEqual(ids?.sort(), encrypted.sort())
    assert.match(stderr, /^strongroom: the proposed policy would deny calls that were allowed\.$/m)
  }
})

test('condition keys that records hold decide, and those that they do not hold are named', async () => {
  const key = await keyId()
  const user = await newUser(server, { Action: 'kms:Encrypt' })
  await user.kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x'), EncryptionContext: { a: 'b' } }))
  const replayed = (Condition: object) =>
    policyCommand(
      ...['replay', '--principal', user.arn, '--policy'],
      fileOf('condition.json', policy({ Action: 'kms:Encrypt', Condition })),
    )
  const held = {
    StringEquals: { 'kms:EncryptionContext:a': 'b', 'aws:username': user.name, 'aws:RequestedRegion': 'us-east-1' },
  }
  assert.equal((await replayed(held)).status, 0)
  assert.equal((await replayed({ NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1/128'] } })).status, 1)
  const unknown = await replayed({ StringEquals: { 'aws:SourceVpce': 'vpce-1' } })
  assert.equal(unknown.status, 1)
  assert.match(unknown.stderr, /^Not recorded, so what depends on them cannot be known: aws:sourcevpce\.$/im)
})

test('the sessions of a role count as the role, and one of them by itself', async () => {
  const key = await keyId()
  const { iam } = clientsOf(server)
  const operator = await newUser(server, { Action: 'sts:AssumeRole' })
  const trust = policy({ Action: 'sts:AssumeRole', Principal: { AWS: operator.arn }, Resource: undefined })
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust }),
  )
  const PolicyDocument = policy({ Action: 'kms:*' })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'work', PolicyDocument }))
  for (const [RoleSessionName, KeyId] of [
    ['one', key],
    ['two', undefined],
  ] as const) {
    const { Credentials } = await operator.sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName }))
    const { kms } = clientsOf(server, credentialsOf(Credentials))
    if (KeyId) await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    else await kms.send(new ListKeysCommand({}))
  }
  const actionsOf = async (principal: string) => {
    const { stdout, stderr, status } = await policyCommand('generate', '--principal', principal)
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout).Statement.flatMap(({ Action }: { Action: string[] }) => Action)
  }
  const account = server.accountId
  assert.deepEqual(await actionsOf(Role?.Arn ?? ''), ['kms:Encrypt', 'kms:ListKeys'])
  assert.deepEqual(await actionsOf(`arn:aws:sts::${account}:assumed-role/app/two`), ['kms:ListKeys'])
  assert.deepEqual(await actionsOf(operator.arn), ['sts:AssumeRole'])
})

test('only whom a policy lets may look into calls, and who did is recorded', async () => {
  const subject = await newUser(server, { Action: 'kms:ListKeys' })
  await subject.kms.send(new ListKeysCommand({}))
  const body = JSON.stringify({ principal: subject.arn })
  const outsider = await newUser(server, { Action: 'iam:*' })
  for (const [task, action] of [
    ['generate-policy', 'GeneratePolicy'],
    ['replay-policy', 'ReplayPolicy'],
  ] as const) {
    const denied = await postTask(server, task, outsider.credentials, body)
    assert.equal(denied.status, 403)
    assert.match(await denied.text(), new RegExp(`is not authorized to perform: strongroom:${action}`))
  }
  const auditor = await newUser(server, { Action: 'strongroom:GeneratePolicy' })
  const answer = await postTask(server, 'generate-policy', auditor.credentials, body)
  assert.equal(answer.status, 200)
  const made = await records(server, 'EventName', 'GeneratePolicy')
  const own = made.find(({ serviceEventDetails }) => serviceEventDetails.principal === subject.arn)
  assert.equal(own?.userIdentity.invokedBy, auditor.arn)
})

test('what cannot be answered is refused in one line', async () => {
  const principal = `arn:aws:iam::${server.accountId}:user/none`
  const good = fileOf('good.json', policy({ Action: 'kms:*' }))
  const given = ['--principal', principal]
  assertRefused(await policyCommand('generate'), 1, /name whose calls to look at: --principal ARN/)
  assertRefused(await policyCommand('generate', ...given), 1, /no recorded call of .* needed a permission/)
  assertRefused(await policyCommand('generate', '--principal', 'ada'), 1, /principal must be the ARN of a user/)
  assertRefused(await policyCommand('generate', ...given, '--days', '0'), 1, /--days is a whole number/)
  assertRefused(await policyCommand('generate', ...given, '--format', 'xml'), 1, /--format is json or text/)
  assertRefused(await policyCommand('replay', ...given), 1, /--principal ARN --policy FILE/)
  assertRefused(await policyCommand('replay', ...given, '--policy', join(folder, 'no')), 1, /cannot be read/)
  assertRefused(await policyCommand('replay', ...given, '--policy', good, '--type', 'x'), 1, /type must be one of/)
  const bad = fileOf('bad.json', '{"Version":')
  assertRefused(await policyCommand('replay', ...given, '--policy', bad), 1, /policy: /)
})
