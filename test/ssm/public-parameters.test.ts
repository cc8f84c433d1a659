import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { isRegion } from '../../src/core/regions.ts'
import type { Strongroom } from '../../src/server/server.ts'
import images from '../../src/services/ssm/public-catalogue/images.json' with { type: 'json' }
import regions from '../../src/services/ssm/public-catalogue/regions.generated.json' with { type: 'json' }
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { get, getMany, namesUnder, put } from '../fixtures/parameters.ts'

let server: Strongroom
let ssm: SSMClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  ssm = clientsOf(server).ssm
})
after(() => server.stop())

const amazonLinux = '/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2'

test('PS7 scenario 38: every region has its own Amazon Linux 2 image, which no caller can write', async () => {
  const found = new Map<string, string>()
  for (const region of Object.keys(regions).filter(isRegion)) {
    const client = clientsOf(server, server.credentials, region).ssm
    const { Name, Type, Value = '', ARN, Version, DataType } = await get(client, amazonLinux)
    assert.deepEqual([Name, Type, DataType], [amazonLinux, 'String', 'text'])
    assert.match(Value, /^ami-[0-9a-f]{17}$/)
    assert.equal(ARN, `arn:aws:ssm:${region}::parameter${amazonLinux}`)
    const recorded = (images.recorded as Record<string, Record<string, { image: string; version: number }>>)[region]
    if (recorded) {
      assert.deepEqual(
        [Value, Version],
        [recorded['amzn2-ami-hvm-x86_64-gp2']?.image, recorded['amzn2-ami-hvm-x86_64-gp2']?.version],
      )
    }
    found.set(region, Value)
  }
  assert.ok(found.size >= 30)
  assert.equal(new Set(found.values()).size, found.size)
  assert.equal(found.get('us-east-1'), 'ami-05448533fbe614dce')
  const reserved = {
    name: 'AccessDeniedException',
    message: `No access to reserved parameter name: ${amazonLinux}.`,
  }
  await assert.rejects(put(ssm, amazonLinux), reserved)
  await assert.rejects(ssm.send(new DeleteParameterCommand({ Name: amazonLinux })), reserved)
  await assert.rejects(ssm.send(new DeleteParametersCommand({ Names: ['x', amazonLinux] })), reserved)
  await assert.rejects(ssm.send(new LabelParameterVersionCommand({ Name: amazonLinux, Labels: ['a'] })), reserved)
  await assert.rejects(ssm.send(new GetParameterHistoryCommand({ Name: amazonLinux })), reserved)
})

test('PS7 scenario 39: the zones of a region are found by path', async () => {
  const path = '/aws/service/global-infrastructure/regions/us-east-1/availability-zones'
  assert.deepEqual(
    await namesUnder(ssm, path, true),
    [1, 2, 3, 4, 5, 6].map((number) => `${path}/use1-az${number}`),
  )
})

test('PS7: the infrastructure parameters say what a region is and what it offers', async () => {
  const value = async (name: string, client = ssm) =>
    (await get(client, `/aws/service/global-infrastructure/${name}`)).Value
  assert.equal(await value('current-region', clientsOf(server, server.credentials, 'eu-west-3').ssm), 'eu-west-3')
  assert.equal(await value('regions/us-east-1'), 'us-east-1')
  assert.equal(await value('regions/us-east-1/longName'), 'US East (N. Virginia)')
  assert.equal(await value('regions/us-east-1/domain'), 'amazonaws.com')
  assert.equal(await value('regions/us-east-1/geolocationCountry'), 'US')
  assert.equal(await value('regions/us-east-1/geolocationRegion'), 'US-VA')
  assert.equal(await value('regions/us-east-1/partition'), 'aws')
  assert.equal(await value('regions/us-east-1/services/ssm/endpoint'), 'ssm.us-east-1.amazonaws.com')
  assert.equal(await value('services/ssm/regions/cn-north-1/endpoint'), 'ssm.cn-north-1.amazonaws.com.cn')
  assert.equal(await value('services/iam/regions/eu-west-1/endpoint'), 'iam.amazonaws.com')
  assert.equal(await value('regions/us-east-1/services/ssm/protocols'), 'HTTPS')
  assert.equal(await value('services/kms/longName'), 'AWS Key Management Service')
  assert.equal(await value('services/kms/marketingHomeURL'), 'https://aws.amazon.com/kms/')
  assert.equal(await value('availability-zones/use1-az1'), 'use1-az1')
  await assert.rejects(get(ssm, '/aws/service/global-infrastructure/regions/toString'), { name: 'ParameterNotFound' })
  const names = await namesUnder(ssm, '/aws/service/global-infrastructure/regions')
  assert.ok(names.length >= 34)
  assert.deepEqual(names, [...names].sort())
  const all = await namesUnder(ssm, '/aws/service/global-infrastructure/regions/us-east-1', true)
  assert.ok(all.length > 500)
  assert.deepEqual(all, [...new Set(all)].sort())
})

test('PS7: recommended images of ECS and EKS come as one document and member by member', async () => {
  const path = '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended'
  const document = JSON.parse((await get(ssm, path)).Value ?? '')
  assert.match(document.image_id, /^ami-[0-9a-f]{17}$/)
  assert.equal(document.schema_version, 1)
  for (const member of Object.keys(document)) {
    assert.equal((await get(ssm, `${path}/${member}`)).Value, String(document[member]), member)
  }
  const named = `/aws/service/ecs/optimized-ami/amazon-linux-2023/${document.image_name}/image_id`
  assert.equal((await get(ssm, named)).Value, document.image_id)
  const eks = '/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended'
  const { Parameters = [] } = await getMany(ssm, [eks, `${eks}/image_id`, `${eks}/release_version`])
  const [whole, id, release] = Parameters.map(({ Value = '' }) => Value)
  const { schema_version, image_id, release_version } = JSON.parse(whole ?? '')
  assert.deepEqual([schema_version, image_id, release_version], ['2', id, release])
})

test('PS7: Windows, Ubuntu and the list of families are there', async () => {
  for (const name of [
    'ami-windows-latest/Windows_Server-2022-English-Full-Base',
    'canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id',
    'ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-arm64',
    'ami-amazon-linux-latest/amzn-ami-hvm-x86_64-gp2',
  ]) {
    assert.match((await get(ssm, `/aws/service/${name}`)).Value ?? '', /^ami-[0-9a-f]{17}$/, name)
  }
  const { Value } = await get(ssm, '/aws/service/list/ami-windows-latest')
  assert.equal(Value, '/aws/service/ami-windows-latest/')
  const families = await namesUnder(ssm, '/aws/service/list')
  assert.ok(families.includes('/aws/service/list/ami-amazon-linux-latest'))
  const linux = await namesUnder(ssm, '/aws/service/ami-amazon-linux-latest')
  assert.ok(linux.length >= 36 && linux.length <= 45, String(linux.length))
  const taipei = clientsOf(server, server.credentials, 'ap-east-2').ssm
  const newer = await namesUnder(taipei, '/aws/service/ami-amazon-linux-latest')
  assert.ok(newer.every((name) => !name.includes('/amzn-ami-')))
})

test('PS7: DescribeParameters lists public parameters by path and by name, and never beside those of the account', async () => {
  await put(ssm, '/own/one')
  const describe = async (filter: { Key: string; Option?: string; Values: string[] }) => {
    const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }))
    return Parameters
  }
  const [first] = await describe({ Key: 'Name', Values: [amazonLinux] })
  assert.deepEqual(
    [first?.Name, first?.Tier, first?.Policies, first?.Type, first && 'Value' in first],
    [amazonLinux, 'Standard', [], 'String', false],
  )
  const begun = await describe({ Key: 'Name', Option: 'BeginsWith', Values: [`${amazonLinux.slice(0, -15)}`] })
  assert.ok(begun.length >= 3 && begun.every(({ Name }) => Name?.startsWith(amazonLinux.slice(0, -15))))
  const under = await describe({ Key: 'Path', Option: 'Recursive', Values: ['/aws/service/list'] })
  assert.ok(under.length >= 5)
  const own = await ssm.send(new DescribeParametersCommand({}))
  assert.deepEqual(
    own.Parameters?.map(({ Name }) => Name),
    ['/own/one'],
  )
  await assert.rejects(ssm.send(new GetParametersByPathCommand({ Path: '/aws/other' })), {
    name: 'ValidationException',
    message: /^The parameter doesn't meet the parameter name requirements\./,
  })
})

test('PS7: a version selects the present version of a public parameter alone', async () => {
  const { Version, Value } = await get(ssm, amazonLinux)
  const selected = await get(ssm, `${amazonLinux}:${Version}`)
  assert.deepEqual([selected.Value, selected.Selector], [Value, `:${Version}`])
  await assert.rejects(get(ssm, `${amazonLinux}:1`), { name: 'ParameterVersionNotFound' })
  const byArn = await get(ssm, `arn:aws:ssm:us-east-1::parameter${amazonLinux}`)
  assert.deepEqual([byArn.Value, byArn.Name], [Value, amazonLinux])
})
