import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  RemoveTagsFromResourceCommand,
  type SSMClient,
  UnlabelParameterVersionCommand,
  UpdateServiceSettingCommand,
} from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { get, getMany, history, namesUnder, overwrite, put } from '../fixtures/parameters.ts'

let server: Strongroom
let ssm: SSMClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  ssm = clientsOf(server).ssm
})
after(() => server.stop())

const refused = (name: string, message?: string | RegExp) => (message === undefined ? { name } : { name, message })

/** A client of a region of its own, so that nothing of another test is in the way. */
const inRegion = (region: string) => clientsOf(server, server.credentials, region).ssm

const levels = (count: number) => `/${Array.from({ length: count }, (_, index) => `L${index + 1}`).join('/')}`

test('PS2 scenario 1: a second put without Overwrite is refused', async () => {
  const { Version, Tier } = await put(ssm, '/one/db')
  assert.deepEqual([Version, Tier], [1, 'Standard'])
  await assert.rejects(
    put(ssm, '/one/db'),
    refused(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ),
  )
})

test('PS2 scenario 2: the same value put again is a new version, and the history shows both', async () => {
  await put(ssm, '/two')
  assert.equal((await overwrite(ssm, '/two')).Version, 2)
  assert.deepEqual(
    (await history(ssm, '/two')).map(({ Version, Value, Labels, Policies }) => [Version, Value, Labels, Policies]),
    [
      [1, 'v', [], []],
      [2, 'v', [], []],
    ],
  )
})

test('PS5 scenario 3: X and /X are the same parameter, and the answer echoes the form of the request', async () => {
  await put(ssm, 'X3')
  const { Name, ARN } = await get(ssm, '/X3')
  assert.deepEqual([Name, ARN], ['/X3', `arn:aws:ssm:us-east-1:${server.accountId}:parameter/X3`])
  assert.equal((await get(ssm, 'X3')).Name, 'X3')
  assert.equal((await overwrite(ssm, '/X3')).Version, 2)
  const byArn = await get(ssm, `${ARN}:1`)
  assert.deepEqual([byArn.Name, byArn.Selector, byArn.Version], ['X3', ':1', 1])
  const { Parameters = [] } = await getMany(ssm, [`${ARN}`])
  assert.deepEqual(
    Parameters.map((parameter) => parameter.Name),
    ['X3'],
  )
  assert.deepEqual(
    (await history(ssm, `${ARN}`)).map((parameter) => parameter.Name),
    ['X3', 'X3'],
  )
  await assert.rejects(
    get(ssm, `${ARN}:9`),
    refused(
      'ParameterVersionNotFound',
      'Systems Manager could not find version 9 of X3. Verify the version and try again.',
    ),
  )
  await ssm.send(new DeleteParameterCommand({ Name: '/X3' }))
  await assert.rejects(get(ssm, 'X3'), refused('ParameterNotFound'))
})

test('PS5 scenario 4: each wrong name gives its own error', async () => {
  const mixture =
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
    'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'
  const rootPrefix = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
  const expected: [name: string, code: string, message: string][] = [
    ['aws1', 'ValidationException', rootPrefix],
    ['SSM1', 'ValidationException', rootPrefix],
    ['/ssm/x', 'ValidationException', mixture],
    ['/aws/x', 'AccessDeniedException', 'No access to reserved parameter name: /aws/x.'],
    ['a/b', 'ValidationException', 'Parameter name must be a fully qualified name'],
    ['/a b', 'ValidationException', mixture],
    ['/a//b', 'ValidationException', mixture],
    ['/a/', 'ValidationException', mixture],
    ['é', 'ValidationException', mixture],
    [`arn:aws:ssm:us-east-1:${server.accountId}:parameter/x`, 'ValidationException', mixture],
  ]
  for (const [name, code, message] of expected) await assert.rejects(put(ssm, name), refused(code, message), name)
  await assert.rejects(get(ssm, 'a/b'), refused('ValidationException', mixture))
  assert.equal((await put(ssm, '  /four/trimmed ')).Version, 1)
  assert.equal((await get(ssm, '/four/trimmed')).Name, '/four/trimmed')
})

test('PS5 scenario 5: fifteen levels are stored, sixteen refused', async () => {
  await put(ssm, levels(15))
  await assert.rejects(
    put(ssm, levels(16)),
    refused('HierarchyLevelLimitExceededException', /^A hierarchy can have a maximum of 15 levels\. For more/),
  )
})

test('scenario 6: a type is needed to create, and kept when a version is added without', async () => {
  await assert.rejects(
    put(ssm, '/six', { Type: undefined }),
    refused('ValidationException', 'A parameter type is required when you create a parameter.'),
  )
  await assert.rejects(
    overwrite(ssm, '/six'),
    refused('ValidationException', 'A parameter type is required when you create a parameter.'),
  )
  await put(ssm, '/six', { Type: 'StringList', Value: 'a,b' })
  await overwrite(ssm, '/six', { Value: 'c' })
  assert.equal((await get(ssm, '/six')).Type, 'StringList')
  await assert.rejects(
    put(ssm, '/six', { Type: 'Text' as 'String' }),
    refused('ValidationException', /enum value set: \[SecureString, StringList, String\]$/),
  )
})

test('scenario 7: a type cannot be changed', async () => {
  await put(ssm, '/seven')
  await assert.rejects(
    overwrite(ssm, '/seven', { Type: 'SecureString' }),
    refused('HierarchyTypeMismatchException', /^Parameter Store doesn't support changing a parameter type/),
  )
  assert.equal((await get(ssm, '/seven')).Version, 1)
})

test('PS1 scenario 8: 4 KB fit into a standard parameter, 8 KB into an advanced one', async () => {
  await put(ssm, '/eight/standard', { Value: 'x'.repeat(4096) })
  await assert.rejects(
    put(ssm, '/eight/more', { Value: 'x'.repeat(4097) }),
    refused(
      'ValidationException',
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter ' +
        'value, upgrade the parameter to use the advanced-parameter tier. For more information, see ' +
        'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    ),
  )
  await put(ssm, '/eight/advanced', { Value: 'x'.repeat(8192), Tier: 'Advanced' })
  await assert.rejects(
    put(ssm, '/eight/most', { Value: 'x'.repeat(8193), Tier: 'Advanced' }),
    refused(
      'ValidationException',
      'The specified parameter value is too large. Advanced-tier parameters support a maximum parameter value of 8192 ' +
        'characters.',
    ),
  )
  assert.equal((await get(ssm, '/eight/advanced')).Value, 'x'.repeat(8192))
})

test('PS1 scenario 9: Intelligent-Tiering takes the tier that the value needs', async () => {
  const client = inRegion('eu-west-2')
  const SettingId = '/ssm/parameter-store/default-parameter-tier'
  await client.send(new UpdateServiceSettingCommand({ SettingId, SettingValue: 'Intelligent-Tiering' }))
  assert.equal((await put(client, '/nine/large', { Value: 'x'.repeat(5000) })).Tier, 'Advanced')
  assert.equal((await put(client, '/nine/small', { Value: 'x'.repeat(10) })).Tier, 'Standard')
  assert.equal((await overwrite(client, '/nine/small', { Value: 'x'.repeat(5000) })).Tier, 'Advanced')
})

test('PS1 scenario 10: an advanced parameter stays advanced', async () => {
  await put(ssm, '/ten', { Tier: 'Advanced' })
  await assert.rejects(
    overwrite(ssm, '/ten', { Tier: 'Standard' }),
    refused(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter " +
        'tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a ' +
        'standard parameter.',
    ),
  )
  assert.equal((await overwrite(ssm, '/ten')).Tier, 'Advanced')
  assert.equal((await overwrite(ssm, '/ten', { Tier: 'Intelligent-Tiering' })).Tier, 'Advanced')
})

test('scenario 12: tags do not go together with Overwrite, and nothing is changed then', async () => {
  await put(ssm, '/twelve')
  await assert.rejects(
    overwrite(ssm, '/twelve', { Tags: [{ Key: 'a', Value: 'b' }] }),
    refused(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
        'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
    ),
  )
  const { TagList } = await ssm.send(
    new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: '/twelve' }),
  )
  assert.deepEqual([TagList, (await get(ssm, '/twelve')).Version], [[], 1])
})

test('scenario 13: the allowed pattern holds for the whole value, and for later values too', async () => {
  const AllowedPattern = '\\d{1,4}'
  const mismatch = refused(
    'ParameterPatternMismatchException',
    'Parameter value, cannot be validated against allowedPattern: \\d{1,4}',
  )
  await assert.rejects(put(ssm, '/thirteen', { Value: '12345', AllowedPattern }), mismatch)
  await put(ssm, '/thirteen', { Value: '1234', AllowedPattern })
  await assert.rejects(overwrite(ssm, '/thirteen', { Value: 'abc' }), mismatch)
  await overwrite(ssm, '/thirteen', { Value: 'abc', AllowedPattern: '[a-z]+' })
  await assert.rejects(put(ssm, '/thirteen/b', { AllowedPattern: '(' }), refused('InvalidAllowedPatternException'))
  // A pattern that never comes to an end is given up, and the server goes on.
  await assert.rejects(
    put(ssm, '/thirteen/c', { Value: `${'a'.repeat(60)}b`, AllowedPattern: '(a+)+' }),
    refused('ParameterPatternMismatchException'),
  )
})

test('PS2 scenarios 14 and 15: a hundred versions are kept, unless the oldest has a label', async () => {
  await put(ssm, '/fourteen')
  for (let version = 2; version <= 100; version++) await overwrite(ssm, '/fourteen')
  const label = (ParameterVersion: number) =>
    ssm.send(new LabelParameterVersionCommand({ Name: '/fourteen', ParameterVersion, Labels: ['keep'] }))
  await label(1)
  await assert.rejects(
    overwrite(ssm, '/fourteen'),
    refused(
      'ParameterMaxVersionLimitExceeded',
      'You attempted to create a new version of /fourteen by calling the PutParameter API with the overwrite flag. ' +
        "Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to " +
        'another version of the parameter, and try again.',
    ),
  )
  await label(2)
  assert.equal((await overwrite(ssm, '/fourteen')).Version, 101)
  await assert.rejects(
    get(ssm, '/fourteen:1'),
    refused(
      'ParameterVersionNotFound',
      'Systems Manager could not find version 1 of /fourteen. Verify the version and try again.',
    ),
  )
  const [first] = await history(ssm, '/fourteen')
  assert.deepEqual([first?.Version, first?.Labels], [2, ['keep']])
})

test('PS2 scenario 16: a label moves from version to version and selects', async () => {
  await put(ssm, '/sixteen', { Value: 'one' })
  await overwrite(ssm, '/sixteen', { Value: 'two' })
  await overwrite(ssm, '/sixteen', { Value: 'three' })
  const label = (ParameterVersion?: number) =>
    ssm.send(new LabelParameterVersionCommand({ Name: '/sixteen', ParameterVersion, Labels: ['prod'] }))
  await label(1)
  assert.equal((await get(ssm, '/sixteen:prod')).Value, 'one')
  assert.equal((await label()).ParameterVersion, 3)
  const { Value, Selector, Version, Name } = await get(ssm, '/sixteen:prod')
  assert.deepEqual([Value, Selector, Version, Name], ['three', ':prod', 3, '/sixteen'])
  assert.deepEqual(
    (await history(ssm, '/sixteen')).map(({ Labels }) => Labels),
    [[], [], ['prod']],
  )
  await assert.rejects(get(ssm, '/sixteen:toString'), refused('ParameterVersionNotFound'))
  await assert.rejects(get(ssm, '/sixteen:prod:1'), refused('ParameterNotFound'))
})

test('scenario 17: labels of a wrong form are returned, the others attached', async () => {
  await put(ssm, '/seventeen')
  const { InvalidLabels, ParameterVersion } = await ssm.send(
    new LabelParameterVersionCommand({ Name: '/seventeen', Labels: ['1a', 'awsX', 'ok'] }),
  )
  assert.deepEqual([InvalidLabels, ParameterVersion], [['1a', 'awsX'], 1])
  assert.deepEqual((await history(ssm, '/seventeen'))[0]?.Labels, ['ok'])
})

test('scenario 18: an eleventh label is refused, and none is attached', async () => {
  await put(ssm, '/eighteen')
  const Labels = Array.from({ length: 10 }, (_, index) => `l${index}`)
  await ssm.send(new LabelParameterVersionCommand({ Name: '/eighteen', Labels }))
  await assert.rejects(
    ssm.send(new LabelParameterVersionCommand({ Name: '/eighteen', Labels: ['more'] })),
    refused(
      'ParameterVersionLabelLimitExceeded',
      'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
    ),
  )
  assert.deepEqual((await history(ssm, '/eighteen'))[0]?.Labels, Labels)
})

test('scenario 19: Unlabel returns which labels it took and which were not there', async () => {
  await put(ssm, '/nineteen')
  await ssm.send(new LabelParameterVersionCommand({ Name: '/nineteen', Labels: ['there'] }))
  const unlabel = new UnlabelParameterVersionCommand({
    Name: '/nineteen',
    ParameterVersion: 1,
    Labels: ['there', 'absent'],
  })
  const { RemovedLabels, InvalidLabels } = await ssm.send(unlabel)
  assert.deepEqual([RemovedLabels, InvalidLabels], [['there'], ['absent']])
  await assert.rejects(
    ssm.send(new UnlabelParameterVersionCommand({ Name: '/nineteen', ParameterVersion: 2, Labels: ['x'] })),
    refused(
      'ParameterVersionNotFound',
      'Systems Manager could not find version 2 of /nineteen. Verify the version and try again.',
    ),
  )
})

test('scenario 20: GetParameters answers in order of name, each once, and lists what is not there', async () => {
  await put(ssm, 'twenty-z')
  await put(ssm, 'twenty-a')
  const missing = ['twenty-a:9', 'twenty/bad', 'twenty-none']
  const { Parameters = [], InvalidParameters } = await getMany(ssm, ['twenty-z', 'twenty-a', 'twenty-a', ...missing])
  assert.deepEqual(
    Parameters.map(({ Name }) => Name),
    ['twenty-a', 'twenty-z'],
  )
  assert.deepEqual(InvalidParameters, missing)
})

test('scenario 21: eleven names are one too many', async () => {
  const names = Array.from({ length: 11 }, (_, index) => `n${index}`)
  await assert.rejects(
    getMany(ssm, names),
    refused(
      'ValidationException',
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must ` +
        'have length less than or equal to 10',
    ),
  )
})

test('scenario 22: a name that is not there is ParameterNotFound, without a text', async () => {
  await assert.rejects(get(ssm, '/twenty/two'), (error: Error) => {
    assert.equal(error.name, 'ParameterNotFound')
    assert.ok(error.message === '' || error.message === 'UnknownError', error.message)
    return true
  })
})

test('PS5 scenario 28: a path holds what stands under it, and neither itself nor its neighbours', async () => {
  for (const name of ['/a28', '/a28/1', '/a28/b/2', '/a28b/3', '/a28-b/4']) await put(ssm, name)
  assert.deepEqual(await namesUnder(ssm, '/a28'), ['/a28/1'])
  assert.deepEqual(await namesUnder(ssm, '/a28/', true), ['/a28/1', '/a28/b/2'])
})

test('PS5 scenario 29: by path, a label selects the version that has it', async () => {
  await put(ssm, '/path29/a', { Value: 'old' })
  await put(ssm, '/path29/b')
  await ssm.send(new LabelParameterVersionCommand({ Name: '/path29/a', Labels: ['prod'] }))
  await overwrite(ssm, '/path29/a', { Value: 'new' })
  const ParameterFilters: ParameterStringFilter[] = [{ Key: 'Label', Option: 'Equals', Values: ['prod'] }]
  const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: '/path29', ParameterFilters }))
  assert.deepEqual(
    Parameters?.map(({ Name, Value, Version }) => [Name, Value, Version]),
    [['/path29/a', 'old', 1]],
  )
})

test('PS5 scenario 30: pages come in order, without loss or double, and hold at most ten', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `/path30/p${String(index).padStart(2, '0')}`)
  await Promise.all(names.map((name) => put(ssm, name)))
  assert.deepEqual(await namesUnder(ssm, '/path30'), names)
  assert.deepEqual(await namesUnder(ssm, '/path30', true, 7), names)
  await assert.rejects(
    ssm.send(new GetParametersByPathCommand({ Path: '/path30', MaxResults: 11 })),
    refused(
      'ValidationException',
      "1 validation error detected: Value '11' at 'maxResults' failed to satisfy constraint: Member must have value " +
        'less than or equal to 10',
    ),
  )
  const { NextToken } = await ssm.send(new GetParametersByPathCommand({ Path: '/path30' }))
  for (const [path, token] of [
    ['/path30', 'x'],
    ['/path3', NextToken],
    ['/path30', `A${NextToken}`],
  ]) {
    await assert.rejects(
      ssm.send(new GetParametersByPathCommand({ Path: path, NextToken: token })),
      refused('InvalidNextToken', "The specified token isn't valid."),
    )
  }
})

const describe = (filters: ParameterStringFilter[], client = ssm) =>
  client.send(new DescribeParametersCommand({ ParameterFilters: filters }))

test('scenario 31: each wrong filter has its own message', async () => {
  const path = (client: SSMClient, filters: ParameterStringFilter[]) =>
    client.send(new GetParametersByPathCommand({ Path: '/x', ParameterFilters: filters }))
  await assert.rejects(
    describe([
      { Key: 'Name', Values: ['a'] },
      { Key: 'Name', Values: ['b'] },
    ]),
    refused(
      'ValidationException',
      'The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.',
    ),
  )
  const both = new DescribeParametersCommand({
    Filters: [{ Key: 'Name', Values: ['a'] }],
    ParameterFilters: [{ Key: 'Name', Values: ['a'] }],
  })
  await assert.rejects(
    ssm.send(both),
    refused('ValidationException', 'You can use either Filters or ParameterFilters in a single request.'),
  )
  await assert.rejects(
    describe([{ Key: 'Label', Values: ['a'] }]),
    refused(
      'InvalidFilterKey',
      'The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].',
    ),
  )
  await assert.rejects(
    path(ssm, [{ Key: 'Name', Values: ['a'] }]),
    refused(
      'InvalidFilterKey',
      'The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].',
    ),
  )
  await assert.rejects(describe([{ Key: 'what', Values: ['a'] }]), refused('ValidationException', /regular expression/))
  await assert.rejects(
    describe([{ Key: 'Path', Option: 'Equals', Values: ['/a'] }]),
    refused(
      'InvalidFilterOption',
      'The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].',
    ),
  )
  await assert.rejects(
    describe([{ Key: 'Type', Option: 'Contains', Values: ['String'] }]),
    refused(
      'InvalidFilterOption',
      'The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals].',
    ),
  )
  await assert.rejects(
    describe([{ Key: 'Type', Values: ['test'] }]),
    refused(
      'ValidationException',
      'The following filter value is not valid: test. Valid values include: [String, StringList, SecureString].',
    ),
  )
  await assert.rejects(
    describe([{ Key: 'Name' }]),
    refused('InvalidFilterValue', 'The following filter values are missing : null for filter key Name.'),
  )
  await assert.rejects(
    describe([{ Key: 'Name', Values: ['aws-x'] }]),
    refused('ValidationException', /^Filters for common parameters can't be prefixed with "aws" or "ssm"/),
  )
  await assert.rejects(
    describe([{ Key: 'Path', Values: ['a'] }]),
    refused('ValidationException', /^The parameter doesn't meet the parameter name requirements\./),
  )
})

test('scenario 32: filters find by tag, name, path, type, tier and key, all together', async () => {
  const client = inRegion('eu-north-1')
  await put(client, '/f/one', { Tags: [{ Key: 'env', Value: 'prod' }] })
  await put(client, '/f/two', { Tags: [{ Key: 'env', Value: 'test' }], Tier: 'Advanced' })
  await put(client, '/f/deep/three', { Type: 'StringList', Description: 'a list' })
  await put(client, 'four', { Tags: [{ Key: 'team', Value: 'env' }] })
  const names = async (...filters: ParameterStringFilter[]) =>
    ((await describe(filters, client)).Parameters ?? []).map(({ Name }) => Name)
  assert.deepEqual(await names(), ['/f/deep/three', '/f/one', '/f/two', 'four'])
  assert.deepEqual(await names({ Key: 'tag:env' }), ['/f/one', '/f/two'])
  assert.deepEqual(await names({ Key: 'tag:env', Values: ['test', 'none'] }), ['/f/two'])
  assert.deepEqual(await names({ Key: 'tag:env', Option: 'BeginsWith', Values: ['p'] }), ['/f/one'])
  assert.deepEqual(await names({ Key: 'Name', Values: ['/four', 'four', '/f/two'] }), ['/f/two', 'four'])
  assert.deepEqual(await names({ Key: 'Name', Option: 'BeginsWith', Values: ['f/', '/fo'] }), [
    ...['/f/deep/three', '/f/one', '/f/two', 'four'],
  ])
  assert.deepEqual(await names({ Key: 'Name', Option: 'Contains', Values: ['o'] }), ['/f/one', '/f/two', 'four'])
  assert.deepEqual(await names({ Key: 'Path', Values: ['/f'] }), ['/f/one', '/f/two'])
  assert.deepEqual(await names({ Key: 'Path', Option: 'Recursive', Values: ['/f'] }), [
    ...['/f/deep/three', '/f/one', '/f/two'],
  ])
  assert.deepEqual(await names({ Key: 'Path', Values: ['/'] }), ['four'])
  assert.deepEqual(await names({ Key: 'Type', Option: 'BeginsWith', Values: ['StringL'] }), ['/f/deep/three'])
  assert.deepEqual(await names({ Key: 'Tier', Values: ['Advanced'] }), ['/f/two'])
  assert.deepEqual(await names({ Key: 'DataType', Values: ['text'] }, { Key: 'tag:team' }), ['four'])
  assert.deepEqual(await names({ Key: 'Path', Values: ['/f'] }, { Key: 'tag:env', Values: ['prod'] }), ['/f/one'])
  const old = await client.send(new DescribeParametersCommand({ Filters: [{ Key: 'Name', Values: ['/f/t'] }] }))
  assert.deepEqual(
    old.Parameters?.map(({ Name }) => Name),
    ['/f/two'],
  )
})

test('tags are added, replaced, listed and removed; what cannot be tagged here has no id that is valid', async () => {
  await put(ssm, '/tagged', { Tags: [{ Key: 'a', Value: '1' }] })
  const tagged = { ResourceType: 'Parameter', ResourceId: 'tagged' } as const
  const Tags = [
    { Key: 'b', Value: '2' },
    { Key: 'a', Value: '3' },
  ]
  await ssm.send(new AddTagsToResourceCommand({ ...tagged, Tags }))
  await ssm.send(new RemoveTagsFromResourceCommand({ ...tagged, TagKeys: ['b', 'none'] }))
  const { TagList } = await ssm.send(new ListTagsForResourceCommand(tagged))
  assert.deepEqual(TagList, [{ Key: 'a', Value: '3' }])
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
  await assert.rejects(ssm.send(new AddTagsToResourceCommand({ ...tagged, Tags: many })), refused('TooManyTagsError'))
  for (const resource of [
    { ...tagged, ResourceId: '/none' },
    { ResourceType: 'Document', ResourceId: 'doc' } as const,
  ]) {
    await assert.rejects(ssm.send(new ListTagsForResourceCommand(resource)), refused('InvalidResourceId'))
    await assert.rejects(ssm.send(new AddTagsToResourceCommand({ ...resource, Tags })), refused('InvalidResourceId'))
  }
})

test('DeleteParameters deletes what is there and names what is not', async () => {
  await put(ssm, '/gone/1')
  const { DeletedParameters, InvalidParameters } = await ssm.send(
    new DeleteParametersCommand({ Names: ['/gone/1', '/gone/2', '/gone/1', 'a/b'] }),
  )
  assert.deepEqual([DeletedParameters, InvalidParameters], [['/gone/1'], ['/gone/2', 'a/b']])
  await assert.rejects(ssm.send(new DeleteParameterCommand({ Name: '/gone/1' })), refused('ParameterNotFound'))
  assert.equal((await put(ssm, '/gone/1')).Version, 1)
})

test('PS2: a hundred parallel overwrites give a hundred distinct versions', async () => {
  await put(ssm, '/parallel')
  const written = await Promise.all(
    Array.from({ length: 100 }, (_, index) => overwrite(ssm, '/parallel', { Value: `v${index}` })),
  )
  const distinct = new Set(written.map(({ Version }) => Version))
  assert.equal(distinct.size, 100)
  assert.equal(Math.max(...written.map(({ Version = 0 }) => Version)), 101)
  assert.equal((await get(ssm, '/parallel')).Version, 101)
})
