import { isUtf8 } from 'node:buffer'
import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import {
  clientContextInvalid,
  notSupportedYet,
  payloadNotJson,
  payloadNotUtf8,
  payloadTooLarge,
} from '../domain/errors.ts'
import type { FunctionVersion } from '../domain/function.ts'
import { quotas } from '../domain/quotas.ts'
import type { InvocationResult } from '../execution/invocation.ts'
import type { LambdaContext } from '../lambda-context.ts'
import type { FunctionTarget } from '../storage/call-functions.ts'
import { limitsOf } from './concurrency-limits.ts'
import { queueEvent } from './invoke-event.ts'

type Request = Validated<InvocationRequest>

/**
 * Invokes a function: `RequestResponse` waits for what it answers, `Event` only sees to it that it will run, `DryRun` asks
 * whether the caller may.
 * @returns `FunctionError` when the function failed: `Payload` then describes how. `LogResult`: base64, the last 4 KB.
 * @throws ServiceError ResourceNotFoundException, InvalidRequestContentException, RequestTooLargeException,
 *   TooManyRequestsException, AccessDeniedException (role), KMS…Exception (variables).
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function invoke(lambda: LambdaContext, request: Request): Promise<InvocationResponse> {
  const { InvocationType: type = 'RequestResponse' } = request
  const target = lambda.functions.target(request.FunctionName, request.Qualifier)
  if (request.DurableExecutionName !== undefined) throw notSupportedYet('durable executions')
  if (request.TenantId !== undefined) throw notSupportedYet('tenant isolation')
  const version = await lambda.functions.version(target)
  const found = await lambda.functions.get(target)
  const payload = payloadOf(request)
  if (type === 'DryRun') return { StatusCode: 204 }
  const clientContext = clientContextOf(request)
  if (type === 'Event') return queueEvent(lambda, { target, payload, clientContext })
  const result = await lambda.host.run(version, await limitsOf(lambda, lambda.call, found), {
    requestId: lambda.call.requestId,
    payload,
    invokedArn: target.arn,
    clientContext,
  })
  return answer(lambda, target, version, request, result)
}

async function answer(
  { call, logs, groupLogs }: LambdaContext,
  { scope, functionName }: FunctionTarget,
  ran: FunctionVersion,
  { LogType }: Request,
  { payload, failed, log, logStream }: InvocationResult,
): Promise<InvocationResponse> {
  const { requestId } = call
  const { version } = ran
  const timeMs = call.clock.nowMs()
  const keep = await logs.keep(scope, functionName, { timeMs, requestId, version, text: log })
  return call.transaction(async (tx) => {
    await keep(tx)
    await groupLogs.send(tx, ran, { timeMs, logStream, text: log })
    return {
      StatusCode: 200,
      ExecutedVersion: version,
      FunctionError: failed ? 'Unhandled' : undefined,
      LogResult: LogType === 'Tail' ? Buffer.from(log).subarray(-tailBytes).toString('base64') : undefined,
      Payload: payload,
    }
  })
}

const tailBytes = 4096

function payloadOf({ Payload, InvocationType: type = 'RequestResponse' }: Request): Buffer {
  const payload = Payload ? Buffer.from(Payload.buffer, Payload.byteOffset, Payload.byteLength) : Buffer.from('{}')
  const limitBytes = type === 'Event' ? quotas.asyncPayloadBytes : quotas.syncPayloadBytes
  if (payload.length > limitBytes) throw payloadTooLarge(payload.length, type, limitBytes)
  if (!isUtf8(payload)) throw payloadNotUtf8()
  try {
    JSON.parse(payload.toString('utf8'))
  } catch {
    // JSON.parse throws for nothing but syntax.
    throw payloadNotJson()
  }
  return payload
}

/** A header holds it in base64; the function gets it as JSON, which must be safe in a header again. */
function clientContextOf({ ClientContext }: Request): string | undefined {
  if (ClientContext === undefined) return undefined
  let context: unknown
  try {
    context = JSON.parse(Buffer.from(ClientContext, 'base64').toString('utf8'))
  } catch {
    throw clientContextInvalid()
  }
  if (typeof context !== 'object' || context === null) throw clientContextInvalid()
  return JSON.stringify(context).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
