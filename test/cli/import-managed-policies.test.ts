import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AttachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListPoliciesCommand,
} from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { newUser, records } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { main } from '../fixtures/command.ts'
import { clientEnvironment, run } from '../fixtures/foreign.ts'
import { postTask } from '../fixtures/operator.ts'

let folder: string
let server: Strongroom
let iam: IAMClient
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-policies-'))
  server = await startTestServer({ logLevel: 'error' })
  iam = clientsOf(server).iam
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const importing = (...paths: string[]) =>
  run(
    process.execPath,
    [main, 'import', 'managed-policies', ...paths, '--endpoint', server.endpoint, '--dev'],
    clientEnvironment(server, server.credentials),
  )

function fileOf(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const prefix = 'arn:aws:iam::aws:policy'

/** As the AWS CLI prints it. */
function policyOf(name: string, version: number, Action: string) {
  const VersionId = `v${version}`
  const Document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }
  return {
    PolicyName: name.slice(name.lastIndexOf('/') + 1),
    PolicyId: `ANPAZKAPJZG4${name
      .replaceAll(/[^A-Z]/gi, '')
      .toUpperCase()
      .padEnd(9, 'A')
      .slice(0, 9)}`,
    Arn: `${prefix}/${name}`,
    DefaultVersionId: VersionId,
    UpdateDate: '2026-09-01T00:00:00+00:00',
    PolicyVersionList: [{ VersionId, IsDefaultVersion: true, Document }],
  }
}

const documentOf = async (PolicyArn: string, VersionId: string) => {
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }))
  return decodeURIComponent(PolicyVersion?.Document ?? '')
}

test('imported policies are added, replace older versions, and change nothing the second time', async () => {
  const added = policyOf('service-role/BrandNew', 1, 'kms:ListKeys')
  const updated = policyOf('AdministratorAccess', 9, 'kms:*')
  const file = fileOf('policies.json', { UserDetailList: [], Policies: [added, updated] })
  const first = await importing(file)
  assert.equal(first.status, 0, first.stderr)
  assert.equal(
    first.stdout,
    `added ${added.Arn}\nupdated ${updated.Arn}\n1 added, 1 updated, 0 unchanged, 0 refused.\n`,
  )
  assert.match(await documentOf(updated.Arn, 'v9'), /kms:\*/)
  await assert.rejects(documentOf(updated.Arn, 'v1'), { name: 'NoSuchEntityException' })
  const { Policies = [] } = await iam.send(
    new ListPoliciesCommand({ Scope: 'AWS', PathPrefix: '/service-role/', MaxItems: 1000 }),
  )
  const listed = Policies.filter(({ Arn }) => Arn === added.Arn)
  assert.deepEqual(
    listed.map(({ PolicyId, DefaultVersionId, Path }) => [PolicyId, DefaultVersionId, Path]),
    [[added.PolicyId, 'v1', '/service-role/']],
  )

  const again = await importing(file)
  assert.deepEqual([again.status, again.stdout], [0, '0 added, 0 updated, 2 unchanged, 0 refused.\n'])
  const imports = await records(server, 'EventName', 'ImportManagedPolicies')
  assert.deepEqual(
    imports.map(({ serviceEventDetails }) => serviceEventDetails),
    [{ added: [added.Arn], updated: [updated.Arn] }],
  )

  const user = await newUser(server, undefined)
  await assert.rejects(user.kms.send(new ListKeysCommand({})), { name: 'AccessDeniedException' })
  await iam.send(new AttachUserPolicyCommand({ UserName: user.name, PolicyArn: added.Arn }))
  await user.kms.send(new ListKeysCommand({}))
})

test('policies that cannot be imported are refused one by one, with the reason, and the others hold', async () => {
  const sub = join(folder, 'many')
  mkdirSync(sub)
  const good = policyOf('FromFolder', 1, 's3:*')
  const own = { ...policyOf('x', 1, 's3:*'), Arn: 'arn:aws:iam::111122223333:policy/x' }
  const broken = policyOf('Broken', 1, 'no colon')
  const older = policyOf('ReadOnlyAccess', 1, '*')
  fileOf('many/a.json', { Policies: [own, broken] })
  fileOf('many/b.json', { Policies: [older, good] })
  fileOf('many/notes.txt', 'no policy')
  const { status, stdout, stderr } = await importing(sub)
  assert.equal(status, 1)
  assert.equal(stdout, `added ${good.Arn}\n1 added, 0 updated, 0 unchanged, 3 refused.\n`)
  assert.match(stderr, /^refused arn:aws:iam::111122223333:policy\/x: Arn must be that of a managed policy of AWS/m)
  assert.match(stderr, /^refused arn:aws:iam::aws:policy\/Broken: Document: Actions\/Conditions must be prefaced/m)
  assert.match(stderr, /^refused arn:aws:iam::aws:policy\/ReadOnlyAccess: v1 is older than v\d+, which is here\.$/m)
  assert.match(stderr, /^strongroom: 3 of 4 policies were refused\.$/m)
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn: good.Arn }))).Policy?.DefaultVersionId, 'v1')
})

test('files that hold no policies are named, and nothing is imported', async () => {
  for (const [content, words] of [
    ['{', /cannot be read as JSON/],
    [{ policies: [] }, /holds no list of Policies: print one with "aws iam get-account-authorization-details/],
    [{ Policies: [] }, /there are no policies to import/],
  ] as const) {
    const { status, stderr } = await importing(fileOf('bad.json', content))
    assert.equal(status, 1)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n\s+at /)
  }
  const missing = await importing(join(folder, 'none.json'))
  assert.match(missing.stderr, /none\.json cannot be read/)
  assert.equal((await importing()).status, 2)
})

test('only the root of the server, and whom it lets, may import, and nothing but policies', async () => {
  const unsigned = await fetch(`${server.endpoint}/_strongroom/managed-policies`, { method: 'POST', body: '{}' })
  assert.ok(unsigned.status >= 400 && unsigned.status < 500, String(unsigned.status))
  const outsider = await newUser(server, { Action: 'iam:*' })
  const denied = await postTask(server, 'managed-policies', outsider.credentials)
  assert.equal(denied.status, 403)
  assert.match(await denied.text(), /is not authorized to perform: strongroom:ImportManagedPolicies/)
  const policy = policyOf('ByOperator', 1, 's3:*')
  const operator = await newUser(server, { Action: 'strongroom:ImportManagedPolicies' })
  const taken = await postTask(server, 'managed-policies', operator.credentials, JSON.stringify({ policies: [policy] }))
  assert.deepEqual(await taken.json(), { results: [{ arn: policy.Arn, outcome: 'added' }] })
  for (const body of ['{}', '[]', '{"policies":{}}', '{"policies":[],"more":1}']) {
    const refused = await postTask(server, 'managed-policies', operator.credentials, body)
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /ValidationException.*policies/, body)
  }
})
