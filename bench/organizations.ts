// What organizations cost a call: Encrypt by a user of an account without one, of a member under the root, where five are, and of a member
// five units deep with five service control policies on each of the seven levels. The three are loaded in turns, on one durable server.
// Usage: node bench/organizations.ts [seconds] [rounds]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import * as client from '@aws-sdk/client-organizations'
import { DataDirectory } from '../src/server/data-directory.ts'
import { type ClientCredentials, clientsOf } from '../test/fixtures/clients.ts'
import { type SignedRequest, signJson } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure, type Result } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const [seconds, rounds] = [Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 5)]
const [alone, flat, deep] = ['100000000001', '100000000002', '100000000003']
const region = 'us-east-1'

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
const args = [alone, flat, deep].flatMap((accountId) => ['--account', accountId])
const server = await startServerProcess(dataDir, { args })
try {
  const { port } = server
  const endpoint = `http://127.0.0.1:${port}`
  const rootOf = (accountId: string): ClientCredentials => {
    const found = new DataDirectory(dataDir).readCredentials(accountId)
    if (!found) throw new Error(`there are no credentials of ${accountId}`)
    return found
  }
  const organizationsOf = (credentials: ClientCredentials) =>
    new client.OrganizationsClient({ endpoint, region, credentials })

  /** An Encrypt by a user with one policy, under a key of its account. */
  const encryptIn = async (accountId: string): Promise<SignedRequest> => {
    const credentials = rootOf(accountId)
    const { iam, kms } = clientsOf({ endpoint, region, credentials })
    const UserName = 'bench'
    const PolicyDocument = JSON.stringify(document('Allow', { Action: 'kms:*' }))
    await iam.send(new CreateUserCommand({ UserName }))
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'kms', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const input = { KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.alloc(32, 7).toString('base64') }
    const user = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    return signJson({ port, service: 'kms', operation: 'Encrypt', input }, user)
  }

  const org = organizationsOf(server.credentials)
  await org.send(new client.CreateOrganizationCommand({}))
  const root = (await org.send(new client.ListRootsCommand({}))).Roots?.[0]?.Id ?? ''
  const PolicyType = 'SERVICE_CONTROL_POLICY'
  await org.send(new client.EnablePolicyTypeCommand({ RootId: root, PolicyType }))
  for (const accountId of [flat, deep]) {
    const Target = { Id: accountId, Type: 'ACCOUNT' as const }
    const { Handshake } = await org.send(new client.InviteAccountToOrganizationCommand({ Target }))
    await organizationsOf(rootOf(accountId)).send(new client.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id }))
  }
  // The four policies on the root are the flat member's, too.
  const cases: [string, SignedRequest, Result[]][] = [
    ['no organization', await encryptIn(alone), []],
    ['member under the root', await encryptIn(flat), []],
    ['member, 7 levels of 5 policies', await encryptIn(deep), []],
  ]
  let parent = root
  const levels = [root]
  for (let depth = 1; depth <= 5; depth++) {
    const made = await org.send(new client.CreateOrganizationalUnitCommand({ ParentId: parent, Name: `unit-${depth}` }))
    parent = made.OrganizationalUnit?.Id ?? ''
    levels.push(parent)
  }
  const move = { AccountId: deep, SourceParentId: root, DestinationParentId: parent }
  await org.send(new client.MoveAccountCommand(move))
  for (const TargetId of [...levels, deep]) {
    for (let each = 1; each <= 4; each++) {
      const Content = JSON.stringify(guardrails(`${TargetId}-${each}`))
      const named = { Name: `${TargetId}-${each}`, Description: '', Type: PolicyType, Content } as const
      const { Policy } = await org.send(new client.CreatePolicyCommand(named))
      await org.send(new client.AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId }))
    }
  }
  console.log(`Encrypt by a user, ${connections} connections, ${seconds} s each, ${rounds} rounds in turns; medians`)
  for (let round = 0; round < rounds; round++) {
    for (const [name, request, results] of cases) {
      const result = await measure(port, [request], server.child.pid, seconds)
      assertAnswered(name, result)
      results.push(result)
    }
  }
  console.log('situation                          requests/s   p50 ms   p99 ms   cpu µs   serving µs')
  for (const [name, , results] of cases) {
    const median = (value: (result: Result) => number) => results.map(value).sort((a, b) => a - b)[rounds >> 1]
    const cells = [
      median((result) => result.requestsPerSecond),
      median((result) => result.p50Ms),
      median((result) => result.p99Ms),
      median((result) => result.cpuMicroseconds),
      median((result) => result.servingMicroseconds),
    ]
    console.log(name.padEnd(34) + cells.map((cell) => String(cell).padStart(11)).join(''))
  }
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

function document(Effect: string, ...statements: object[]) {
  return { Version: '2012-10-17', Statement: statements.map((each) => ({ Effect, Resource: '*', ...each })) }
}

/** Five statements as organizations have them; two of them are about the call, and one has a condition that must be compared. */
function guardrails(name: string) {
  return document(
    'Deny',
    { Action: 'organizations:LeaveOrganization' },
    { NotAction: ['iam:*', 'sts:*', 'kms:*'], Condition: { StringNotEquals: { 'aws:RequestedRegion': region } } },
    { Action: ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail'] },
    { Action: 'kms:*', Condition: { StringEquals: { 'aws:PrincipalTag/team': name } } },
    { Action: ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], Resource: 'arn:aws:kms:*:*:key/*' },
  )
}
