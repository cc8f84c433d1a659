import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, run } from '../fixtures/foreign.ts'
import { postTask } from '../fixtures/operator.ts'
import { get, namesUnder } from '../fixtures/parameters.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

let folder: string
let server: Strongroom
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-import-'))
  server = await startTestServer({ logLevel: 'error', clock: new Date('2026-03-01T12:00:00Z') })
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const strongroom = (...args: string[]) =>
  run(
    process.execPath,
    [main, 'public-parameters', ...args, '--endpoint', server.endpoint, '--dev'],
    clientEnvironment(server, server.credentials),
  )

function fileOf(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const inRegion = (region: string) => clientsOf(server, server.credentials, region).ssm
const image = '/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2'

test('PS7: an imported file holds over what the server brings itself, by region, until it is forgotten', async () => {
  const ssm = inRegion('us-east-1')
  const { Value: original } = await get(ssm, image)
  const parameters = [
    { Name: image, Value: 'ami-0aaaaaaaaaaaaaaaa', Version: 900, Region: 'us-east-1', DataType: 'aws:ec2:image' },
    { Name: '/aws/service/mine/everywhere', Value: 'here', LastModifiedDate: '2026-02-01T00:00:00Z' },
    { Name: '/aws/service/mine/everywhere', Value: 'tokyo', Region: 'ap-northeast-1' },
  ]
  const { status, stdout, stderr } = await strongroom('import', fileOf('good.json', { parameters }))
  assert.equal(status, 0, stderr)
  assert.equal(stdout, 'Imported 3 public parameters.\n')
  const read = await get(ssm, image)
  assert.deepEqual([read.Value, read.Version, read.DataType], ['ami-0aaaaaaaaaaaaaaaa', 900, 'aws:ec2:image'])
  assert.notEqual((await get(inRegion('us-east-2'), image)).Value, 'ami-0aaaaaaaaaaaaaaaa')
  assert.equal((await get(ssm, '/aws/service/mine/everywhere')).Value, 'here')
  assert.equal((await get(inRegion('ap-northeast-1'), '/aws/service/mine/everywhere')).Value, 'tokyo')
  assert.deepEqual(await namesUnder(ssm, '/aws/service/mine'), ['/aws/service/mine/everywhere'])
  const under = await namesUnder(ssm, '/aws/service/ami-amazon-linux-latest')
  assert.equal(under.filter((name) => name === image).length, 1)
  const { cloudtrail } = clientsOf(server)
  const { Events = [] } = await cloudtrail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ImportPublicParameters' }],
    }),
  )
  assert.equal(JSON.parse(Events[0]?.CloudTrailEvent ?? '').serviceEventDetails.parameters, 3)

  const only = { parameters: [{ Name: '/aws/service/only/one', Value: '1' }] }
  assert.equal((await strongroom('import', fileOf('only.json', only), '--replace')).status, 0)
  await assert.rejects(get(ssm, image), { name: 'ParameterNotFound' })
  assert.deepEqual(await namesUnder(ssm, '/aws/service', true), ['/aws/service/only/one'])
  assert.equal((await strongroom('restore')).status, 0)
  assert.equal((await get(ssm, image)).Value, original)
  await assert.rejects(get(ssm, '/aws/service/mine/everywhere'), { name: 'ParameterNotFound' })
  await server.advance(3600)
})

test('a file with a mistake is refused with the place of the mistake, and nothing of it holds', async () => {
  const good = { Name: '/aws/service/partly/good', Value: 'x' }
  const cases: [content: unknown, words: RegExp][] = [
    ['{', /cannot be read as JSON/],
    [{ parameters: [] }, /no parameters to import/],
    [
      { parameters: [good, { Name: '/mine', Value: 'x' }] },
      /parameters\[1\]\.Name must be a name under \/aws\/service\//,
    ],
  ]
  for (const [content, words] of cases) {
    const { status, stderr } = await strongroom('import', fileOf('bad.json', content))
    assert.equal(status, 1)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n\s+at /)
  }
  await assert.rejects(get(inRegion('us-east-1'), good.Name), { name: 'ParameterNotFound' })
  assert.equal((await strongroom('import')).status, 1)
})

test('PS7: another endpoint is imported from, region by region', async () => {
  const other = await startTestServer({ logLevel: 'error' })
  try {
    const path = '/aws/service/eks/optimized-ami/1.31'
    const found = await strongroom(
      ...[
        'import',
        '--from-endpoint',
        other.endpoint,
        '--path',
        path,
        '--region',
        'us-east-1',
        'eu-west-1',
        '--replace',
      ],
    )
    assert.equal(found.status, 0, found.stderr)
    const there = await namesUnder(clientsOf(other).ssm, path, true)
    assert.deepEqual(await namesUnder(inRegion('eu-west-1'), '/aws/service', true), there)
    const { Parameters = [] } = await inRegion('us-east-1').send(
      new GetParametersByPathCommand({ Path: path, Recursive: true }),
    )
    assert.ok(Parameters.length > 0)
    assert.equal((await strongroom('restore')).status, 0)
  } finally {
    await other.stop()
  }
  const gone = await strongroom('import', '--from-endpoint', other.endpoint)
  assert.equal(gone.status, 1)
  assert.match(gone.stderr, /did not give/)
})

test('only the root of the server, and whom it lets, may import', async () => {
  const { iam } = clientsOf(server)
  await iam.send(new CreateUserCommand({ UserName: 'outsider' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'outsider' }))
  const answer = await fetch(`${server.endpoint}/_strongroom/public-parameters`, { method: 'POST', body: '{}' })
  assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status))
  const signed = await postTask(server, 'public-parameters', {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  assert.equal(signed.status, 403)
  assert.match(await signed.text(), /user\/outsider is not authorized to perform: strongroom:ImportPublicParameters/)
  const asRoot = await postTask(server, 'public-parameters', server.credentials)
  assert.equal(asRoot.status, 400)
  assert.match(await asRoot.text(), /importId/)
})
