import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as ec2 from '@aws-sdk/client-ec2'
import { ServiceError } from '../../core/service-error.ts'
import { ec2Query } from './ec2-query.ts'
import { clientConfig, ec2Service, fixtureSchemas, formRequest, operationOf } from './testing.ts'

const service = ec2Service()
const schemas = fixtureSchemas('ec2')
const id = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'
const common = 'Version=2016-11-15'

test('items are numbered behind the name of their list, and names begin with a capital', () => {
  const body = `Action=DescribeInstances&${common}&InstanceId.1=i-1&InstanceId.2=i-2&Filter.1.Name=tag:a&Filter.1.Value.1=b&DryRun=true`
  const input = ec2Query.decode(operationOf(schemas, 'DescribeInstances'), ec2Query.parse(formRequest(body)))
  assert.deepEqual(input, {
    InstanceIds: ['i-1', 'i-2'],
    Filters: [{ Name: 'tag:a', Values: ['b'] }],
    DryRun: true,
  })
})

test('the operation of a request is its action in the version of the service', () => {
  const found = {
    definition: service,
    schemas,
    operation: (name: string) => schemas.operation(name) && { schema: operationOf(schemas, name) },
  }
  const read = (body: string) =>
    ec2Query.read(
      formRequest(body),
      { definition: service, binding: { protocol: 'ec2Query', version: '', xmlNamespace: '' } },
      found,
    )
  assert.equal(read(`Action=CreateVpc&${common}`).operation.schema.name, 'CreateVpc')
  assert.throws(() => read(`Action=Nothing&${common}`), { code: 'InvalidAction' })
  assert.throws(() => read('Action=CreateVpc&Version=2000-01-01'), { code: 'InvalidAction' })
})

test('an answer has its request id and its members at once', () => {
  const schema = operationOf(schemas, 'DescribeRegions')
  const { body } = ec2Query.encode(service, schema, { Regions: [{ RegionName: 'eu-west-1' }] }, id)
  assert.equal(
    body,
    `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>${id}</requestId>` +
      '<regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>',
  )
})

test('the SDK throws what an error of EC2 says', async () => {
  const error = new ServiceError('InvalidVpcID.NotFound', 400, "The vpc ID 'vpc-<1>' does not exist")
  const client = new ec2.EC2Client(clientConfig(() => ec2Query.encodeError(service, error, id)))
  await assert.rejects(client.send(new ec2.DeleteVpcCommand({ VpcId: 'vpc-1' })), {
    name: 'InvalidVpcID.NotFound',
    message: error.message,
  })
  const { body } = ec2Query.encodeError(service, error, id)
  assert.match(String(body), /^<Response><Errors><Error><Code>InvalidVpcID.NotFound<\/Code>.*<\/Errors><RequestID>b25f/)
})

test('a denial has the code and the beginning that EC2 gives it', () => {
  const { code, status, message } = ec2Query.errors.denied('User: x is not authorized')
  assert.deepEqual([code, status], ['UnauthorizedOperation', 403])
  assert.equal(message, 'You are not authorized to perform this operation. User: x is not authorized')
})
