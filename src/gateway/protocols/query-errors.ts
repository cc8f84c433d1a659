import type { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireRequest } from '../http/wire.ts'
import type { BindingOf } from './protocol.ts'
import { headerOf } from './request-text.ts'
import type { ServiceSchema } from './schema.ts'

/**
 * The code of an error in the query protocol: of services that spoke it before, some errors have another name there than in their
 * newer protocols.
 */
export function queryErrorCode(service: ServiceHead, { code }: ServiceError, schemas?: ServiceSchema): string {
  const { errorCodes = {} } = service.bindings.find(isQueryBinding) ?? {}
  return Object.hasOwn(errorCodes, code) ? (errorCodes[code] ?? code) : codeInModel(code, schemas)
}

export const isQueryBinding = (binding: ServiceHead['bindings'][number]): binding is BindingOf<'awsQuery'> =>
  binding.protocol === 'awsQuery'

const codeInModel = (code: string, schemas: ServiceSchema | undefined) =>
  schemas?.error(code)?.shape.error?.code ?? code

/** True for clients of services that spoke the query protocol before, which want its error codes beside those of the new one. */
export const wantsQueryErrors = (request: Pick<WireRequest, 'headers'>): boolean =>
  headerOf(request, 'x-amzn-query-mode') === 'true'

/** @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait */
export const queryErrorHeader = (
  service: ServiceHead,
  error: ServiceError,
  schemas?: ServiceSchema,
): Record<string, string> => ({
  'x-amzn-query-error': `${queryErrorCode(service, error, schemas)};${error.status >= 500 ? 'Receiver' : 'Sender'}`,
})
