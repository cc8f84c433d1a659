import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offered } from '../testing/service-fixture.ts'
import type { WireRequest } from './http/wire.ts'
import { awsJson1_1 } from './protocols/aws-json.ts'
import { awsQuery } from './protocols/aws-query.ts'
import { restJson1 } from './protocols/rest-json.ts'
import { restXml } from './protocols/rest-xml.ts'
import { formRequest, jsonService, queryService, restService, wireRequest } from './protocols/testing.ts'
import { route } from './route.ts'
import { ServiceRegistry } from './service-registry.ts'

const definitions = [jsonService('kms'), queryService('sts', '2011-06-15'), restService('lambda')]
const registry = new ServiceRegistry(
  definitions.map((definition) => offered({ definition, instance: { context: (call) => call } })),
)

const signedFor = (service: string, request: WireRequest): WireRequest => {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260301/us-east-1/${service}/aws4_request, SignedHeaders=host`
  return { ...request, headers: { ...request.headers, authorization: `${authorization}, Signature=0` } }
}
const withTarget = (target: string) => wireRequest({ headers: { 'x-amz-target': target } })

function unknown(request: WireRequest) {
  const found = route(request, registry)
  return 'unknown' in found ? found : assert.fail(`found ${found.definition.name}`)
}

function nameOf(request: WireRequest) {
  const found = route(request, registry)
  return 'unknown' in found ? assert.fail(found.message) : found.definition.name
}

test('a service is found by its target, its credential scope, its path or its version', () => {
  assert.equal(nameOf(withTarget('Test.Encrypt')), 'kms')
  assert.equal(nameOf(signedFor('sts', formRequest('Action=GetCallerIdentity'))), 'sts')
  assert.equal(nameOf(signedFor('lambda', wireRequest({ method: 'GET', path: '/any' }))), 'lambda')
  assert.equal(nameOf(wireRequest({ method: 'GET', path: '/2015-03-31/functions' })), 'lambda')
  assert.equal(nameOf(formRequest('Action=AssumeRoleWithSAML&Version=2011-06-15')), 'sts')
})

test('a service that is not here is refused by its name and the operation, in the form of its protocol', () => {
  const has = 'It has kms, lambda, sts.'
  assert.deepEqual(unknown(signedFor('dynamodb', withTarget('DynamoDB_20120810.ListTables'))), {
    unknown: awsJson1_1,
    message: `Strongroom has no service dynamodb to answer DynamoDB_20120810.ListTables. ${has}`,
  })
  assert.deepEqual(unknown(signedFor('sns', formRequest('Version=2010-03-31&Action=ListTopics'))), {
    unknown: awsQuery,
    message: `Strongroom has no service sns to answer ListTopics. ${has}`,
  })
  assert.deepEqual(unknown(signedFor('s3', wireRequest({ method: 'GET', path: '/bucket/\u001bkey' }))), {
    unknown: restXml,
    message: `Strongroom has no service s3 to answer GET /bucket/?key. ${has}`,
  })
  assert.equal(unknown(signedFor('eks', wireRequest({ method: 'GET', path: '/clusters' }))).unknown, restJson1)
})

test('a request that names no service gets an error that says what is missing', () => {
  assert.match(unknown(signedFor('kms', wireRequest({}))).message, /in the header X-Amz-Target: send it\.$/)
  assert.match(
    unknown(signedFor('kms', withTarget('Other.Do'))).message,
    /has no operation of the X-Amz-Target "Other.Do"/,
  )
  assert.match(unknown(withTarget('Other.Do')).message, /^Strongroom has no operation of the X-Amz-Target "Other.Do"/)
  assert.match(
    unknown(wireRequest({ method: 'GET', path: '/x' })).message,
    /^GET \/x does not say which service is meant: sign the request/,
  )
})
