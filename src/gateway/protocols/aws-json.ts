import type { ServiceDefinition } from '../../core/service-definition.ts'
import type { WireRequest } from '../wire.ts'
import { mediaType } from './content-type.ts'
import { isUnroutable, jsonError, messageMemberOf, unroutableAnswer } from './error-answers.ts'
import { unroutable } from './framework-errors.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { readJsonBody } from './json-document.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { Protocol } from './protocol.ts'
import { oncePerOperation, type ServiceSchema } from './schema.ts'

/**
 * AWS JSON 1.0 and 1.1: everything is a POST to `/`, the operation stands in X-Amz-Target.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export const awsJson1_1 = awsJson('awsJson1_1', 'application/x-amz-json-1.1')
export const awsJson1_0 = awsJson('awsJson1_0', 'application/x-amz-json-1.0')

function awsJson(name: 'awsJson1_0' | 'awsJson1_1', contentType: string): Protocol {
  const decoderOf = oncePerOperation(({ input }) => compileJsonDecoder(input))
  const encoderOf = oncePerOperation(({ output }) => output && compileJsonEncoder(output))
  return {
    name,
    family: 'json',
    parse,
    decode: (schema, document) => decoderOf(schema)(document),
    encode(_service, schema, output, requestId) {
      const encode = encoderOf(schema)
      return {
        status: 200,
        headers: { 'Content-Type': contentType, 'x-amzn-RequestId': requestId },
        // An operation without output answers nothing at all; one whose output has no members answers `{}`.
        body: encode ? JSON.stringify(encode(output ?? {})) : '',
      }
    },
    encodeError(service, error, requestId, schemas) {
      if (isUnroutable(error)) return unroutableAnswer(requestId)
      return jsonError(error, requestId, {
        contentType,
        type: name === 'awsJson1_0' ? qualified(error.code, schemas) : error.code,
        messageMember: messageMember(service, error.code, schemas),
      })
    },
  }
}

function parse({ headers, body }: WireRequest): unknown {
  if (!jsonTypes.has(mediaType(headers))) throw unroutable()
  return body.length === 0 ? {} : readJsonBody(body)
}

const jsonTypes = new Set(['application/x-amz-json-1.0', 'application/x-amz-json-1.1', 'application/json'])

// The front end spells these two its own way, in services that do not declare them.
const capitalised = new Set(['AccessDeniedException', 'SerializationException'])

function messageMember(service: ServiceDefinition, code: string, schemas: ServiceSchema | undefined): string {
  const schema = schemas?.error(code)
  if (schema) return messageMemberOf(schema) ?? service.messageMember
  return capitalised.has(code) ? 'Message' : 'message'
}

/** AWS JSON 1.0 names the namespace of the error's shape; what no service declares belongs to the framework. */
function qualified(code: string, schemas: ServiceSchema | undefined): string {
  if (schemas?.error(code)) return `${schemas.namespace}#${code}`
  return `com.amazon.coral.${code === 'ValidationException' ? 'validate' : 'service'}#${code}`
}
