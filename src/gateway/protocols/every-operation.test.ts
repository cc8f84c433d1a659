import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as ec2 from '@aws-sdk/client-ec2'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import fc from 'fast-check'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import { runs } from '../../testing/random.ts'
import type { WireRequest } from '../http/wire.ts'
import { awsJson1_1 } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import { ec2Query } from './ec2-query.ts'
import type { OperationPlace, Protocol } from './protocol.ts'
import { payloadOf } from './rest-bindings.ts'
import { restJson1 } from './rest-json.ts'
import { compileRoutes } from './rest-routes.ts'
import { restXml } from './rest-xml.ts'
import { rpcv2Cbor } from './rpc-v2-cbor.ts'
import type { ServiceSchema } from './schema.ts'
import {
  anyText,
  cborService,
  clientConfig,
  ec2Service,
  fixtureSchemas,
  jsonService,
  operationOf,
  operationsOf,
  type ProtocolCapabilities,
  plain,
  queryService,
  restService,
  schemasOf,
  valuesOf,
  xmlService,
} from './testing.ts'

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>
}

interface Service {
  definition: ServiceDefinition
  protocol: Protocol
  schemas: ServiceSchema
  /** The SDK's client module. */
  module: Record<string, unknown>
  client(config: object): Client
  requests: ProtocolCapabilities
  answers: ProtocolCapabilities
  /** Outermost members that the SDK's client makes, changes or checks by itself. */
  leavesOut?: RegExp
}

const json: ProtocolCapabilities = { text: anyText, times: 'milliseconds', emptiness: true }
const form: ProtocolCapabilities = { text: anyText, times: 'milliseconds', emptiness: false }
// Members in headers, paths and queries are visible text; times there have whole seconds.
const rest: ProtocolCapabilities = {
  text: fc.stringMatching(/^[A-Za-z0-9][!-~]{0,7}$/),
  times: 'seconds',
  emptiness: true,
}
// XML 1.0 has no control characters, and the SDK's reader drops text that is white space alone.
const xml: ProtocolCapabilities = {
  text: anyText.map((text) => `${text.replace(/[[\p{Cc}\ufffe\uffff]--[\t\n\r]]/gv, '')}.`),
  times: 'seconds',
  emptiness: true,
}

/** Without checksums of the client's own, which are members of an input. */
const plainS3 = {
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const

// The SDK encodes a bucket's name twice where it is not a valid one.
const s3Carries: ProtocolCapabilities = {
  ...rest,
  text: fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,7}[a-z0-9]$/),
  emptiness: false,
  emptyLists: false,
}

const services: Service[] = [
  {
    definition: jsonService('kms'),
    protocol: awsJson1_1,
    schemas: schemasOf('kms'),
    module: kms,
    client: (config) => new kms.KMSClient(config) as unknown as Client,
    requests: json,
    answers: json,
  },
  {
    definition: jsonService('cloudtrail'),
    protocol: awsJson1_1,
    schemas: schemasOf('cloudtrail'),
    module: cloudtrail,
    client: (config) => new cloudtrail.CloudTrailClient(config) as unknown as Client,
    requests: json,
    answers: json,
  },
  {
    definition: jsonService('ssm'),
    protocol: awsJson1_1,
    schemas: schemasOf('ssm'),
    module: ssm,
    client: (config) => new ssm.SSMClient(config) as unknown as Client,
    requests: json,
    answers: json,
  },
  {
    definition: queryService('iam'),
    protocol: awsQuery,
    schemas: schemasOf('iam'),
    module: iam,
    client: (config) => new iam.IAMClient(config) as unknown as Client,
    requests: form,
    answers: xml,
  },
  {
    definition: queryService('sts', '2011-06-15'),
    protocol: awsQuery,
    schemas: schemasOf('sts'),
    module: sts,
    client: (config) => new sts.STSClient(config) as unknown as Client,
    requests: form,
    answers: xml,
  },
  {
    definition: restService('lambda'),
    protocol: restJson1,
    schemas: schemasOf('lambda'),
    module: lambda,
    client: (config) => new lambda.LambdaClient(config) as unknown as Client,
    requests: rest,
    answers: rest,
  },
  {
    definition: ec2Service(),
    protocol: ec2Query,
    schemas: fixtureSchemas('ec2'),
    module: ec2,
    client: (config) => new ec2.EC2Client(config) as unknown as Client,
    requests: { ...form, emptyLists: false },
    answers: xml,
  },
  {
    definition: xmlService('s3'),
    protocol: restXml,
    schemas: fixtureSchemas('s3'),
    module: s3,
    client: (config) => new s3.S3Client({ ...config, ...plainS3 }) as unknown as Client,
    requests: s3Carries,
    answers: s3Carries,
    // The SDK has markers of parts as text, where botocore has numbers.
    leavesOut:
      /PartNumberMarker|^ObjectParts$|SSECustomerKey|ContentMD5|Checksum|^Content(Length|Type)$|^Expires(String)?$/,
  },
  {
    definition: cborService('monitoring', 'GraniteServiceVersion20100801'),
    protocol: rpcv2Cbor,
    schemas: fixtureSchemas('cloudwatch'),
    module: cloudwatch,
    // The SDK for JavaScript speaks AWS JSON to this service unless it is given another protocol of its own.
    client: (config) =>
      new cloudwatch.CloudWatchClient({ ...config, protocol: SmithyRpcV2CborProtocol }) as unknown as Client,
    requests: json,
    answers: json,
  },
]

/** An answer whose body the SDK hands on as a stream, with its bytes. */
async function withBytes(read: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { Body } = read as { Body?: { transformToByteArray?(): Promise<Uint8Array> } }
  return Body?.transformToByteArray ? { ...read, Body: await Body.transformToByteArray() } : read
}

// The SDK makes an empty map of prefixed headers that are not there.
const isEmptyMap = (name: string, value: unknown) => name === 'Metadata' && Object.keys(value as object).length === 0

/** The operation that a REST request's path names; elsewhere it is known. */
function placeOf({ definition, schemas }: Service, request: WireRequest): OperationPlace | undefined {
  if (definition.bindings.every(({ protocol }) => protocol !== 'restJson1' && protocol !== 'restXml')) return undefined
  const match = compileRoutes(operationsOf(schemas)).match(request)
  assert.ok(typeof match === 'object', `${request.method} ${request.path} leads nowhere`)
  return { schema: operationOf(schemas, match.operation), labels: match.labels }
}

for (const service of services) {
  const { definition, protocol, schemas, module, client, requests, answers, leavesOut } = service
  const kept = (value: unknown): unknown =>
    leavesOut && value && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value).filter(([name, part]) => !leavesOut.test(name) && !isEmptyMap(name, part)),
        )
      : value
  test(`every operation of ${definition.name} decodes what the SDK sends, and the SDK reads what is encoded`, async () => {
    for (const schema of operationsOf(schemas)) {
      const { name, input, output } = schema
      // No protocol here writes an event stream; the operation is not built.
      if (payloadOf(output)?.schema.traits.eventstream) continue
      const exchange = fc.record({
        sent: input ? valuesOf(input, requests).map(kept) : fc.constant({}),
        answered: output ? valuesOf(output, answers).map(kept) : fc.constant(undefined),
      })
      await fc.assert(
        fc.asyncProperty(exchange, async ({ sent, answered }) => {
          let received: unknown
          const config = clientConfig((request) => {
            received = protocol.decode(schema, protocol.parse(request, placeOf(service, request)))
            return protocol.encode(definition, schema, answered, 'b25f48e8-84fd-11e6-80d9-574e0c4664cb')
          })
          const Command = module[`${name}Command`] as new (input: unknown) => unknown
          const { $metadata, ...read } = await client(config).send(new Command(sent))
          assert.deepEqual(plain(kept(received)), plain(kept(sent)), `${name} request`)
          assert.deepEqual(plain(kept(await withBytes(read))), plain(answered ?? {}), `${name} answer`)
          assert.equal(($metadata as { requestId: string }).requestId, 'b25f48e8-84fd-11e6-80d9-574e0c4664cb')
        }),
        runs(1),
      )
    }
  })
}
