import { Readable } from 'node:stream'
import type { AuditRecord, AuditResource } from '../../core/audit.ts'
import type { AuditDeclaration, RecordElsewhere } from '../../core/operation.ts'
import type { ServiceError } from '../../core/service-error.ts'
import { newRequestId } from '../../core/uuid.ts'
import type { ActiveCall } from '../active-call.ts'
import type { WireResponse } from '../http/wire.ts'
import type { LoadedOperation, LoadedService } from '../service-registry.ts'
import { apiCallRecords, type FinishedCall } from './api-call-records.ts'

/** The records of a call that succeeded, those in other Regions included. Made inside the call's transaction. */
export function successRecords(
  call: ActiveCall,
  context: unknown,
  input: Record<string, unknown>,
  output: unknown,
): AuditRecord[] {
  const { declaration } = call.loaded
  const audit: AuditDeclaration<unknown, Record<string, unknown>, unknown> | undefined = declaration?.audit
  const finished = finishedCall(call, {
    responseElements: responseElements(call.loaded, context, input, output),
    resources: distinct(call.resources, audit?.resources?.(context, input, output)),
    authorised: true,
    bytesOut: () =>
      bodyBytes(call.protocol.encode(call.served.definition, call.loaded.schema, output, call.requestId), call),
  })
  const records = apiCallRecords(finished)
  if (!audit?.elsewhere) return records
  const elsewhere = audit.elsewhere(context, input, output)
  return [...records, ...elsewhere.flatMap((there) => recordsElsewhere(call.served, finished, there))]
}

/**
 * The records of a call that failed.
 * @param declared - the resources that the operation's declaration names.
 * @param authorised - the caller was allowed to make the call.
 */
export const failureRecords = (
  call: ActiveCall,
  declared: readonly AuditResource[],
  error: ServiceError,
  authorised: boolean,
): AuditRecord[] =>
  apiCallRecords(
    finishedCall(call, {
      responseElements: null,
      resources: distinct(call.resources, declared),
      error: { code: error.code, message: error.message },
      authorised,
      bytesOut: () =>
        bodyBytes(call.protocol.encodeError(call.served.definition, error, call.requestId, call.served.schemas), call),
    }),
  )

/** The length of an answer's body, as it goes out. */
function bodyBytes({ status, headers, body }: WireResponse, { loaded }: ActiveCall): number {
  if (status === 204 || status === 304 || loaded.schema.method === 'HEAD') return 0
  return body instanceof Readable ? Number(headers['Content-Length'] ?? 0) : Buffer.byteLength(body)
}

function finishedCall(
  call: ActiveCall,
  end: Pick<FinishedCall, 'responseElements' | 'resources' | 'error' | 'authorised'> & { bytesOut(): number },
): FinishedCall {
  const { input, loaded } = call
  const { declaration } = loaded
  const isFromOutside = call.client !== undefined && call.calledVia.length === 0
  const additional = isFromOutside ? declaration?.audit?.additional?.(call, end.bytesOut) : undefined
  return {
    service: call.served.definition,
    operation: declaration?.audit?.eventName ?? call.operation,
    requestId: call.requestId,
    region: call.region,
    timeMs: call.clock.nowMs(),
    caller: call.caller,
    source: call.source,
    invokedBy: call.calledVia.at(-1),
    readOnly: declaration?.readOnly ?? readOnlyByName.test(call.operation),
    category: declaration?.category ?? 'Management',
    requestParameters: input ? loaded.showRequest({ ...declaration?.audit?.requestDefaults, ...input }) : null,
    responseElements: end.responseElements,
    additionalEventData: additional ? { ...additional, ...call.additionalEventData } : call.additionalEventData,
    resources: end.resources,
    error: end.error,
    authorised: end.authorised,
    eventIdIn: (accountId) => call.eventIdIn(accountId),
  }
}

function recordsElsewhere(
  service: LoadedService,
  call: FinishedCall,
  { region, operation: name, input, output, response, resources }: RecordElsewhere,
): AuditRecord[] {
  const operation = service.operation(name)
  if (!operation) throw new Error(`${service.definition.name} has no operation ${name}`)
  return apiCallRecords({
    ...call,
    operation: name,
    region,
    requestId: newRequestId(),
    invokedBy: service.definition.principal,
    requestParameters: operation.showRequest(input),
    responseElements: response ?? (output ? operation.showResponse(output) : null),
    additionalEventData: undefined,
    resources,
  })
}

function responseElements(
  { declaration, showResponse }: LoadedOperation,
  context: unknown,
  input: Record<string, unknown>,
  output: unknown,
) {
  if (declaration?.audit?.response) return declaration.audit.response(context, input, output)
  return declaration?.readOnly || !output ? null : showResponse(output)
}

/** For operations without a declaration: names that only read, as CloudTrail classifies them. */
const readOnlyByName =
  /^(Get|List|Describe|Head|Lookup|Search|BatchGet|Query|Scan|Select|Simulate|Verify|Validate|Test|Estimate|Preview|Decode|Check|View)/

function distinct(noted: readonly AuditResource[], declared: readonly AuditResource[] = []): readonly AuditResource[] {
  if (noted.length + declared.length < 2) return noted.length > 0 ? noted : declared
  const seen = new Map<string, AuditResource>()
  for (const resource of [...noted, ...declared]) seen.set(`${resource.ARN} ${resource.accountId}`, resource)
  return [...seen.values()]
}
