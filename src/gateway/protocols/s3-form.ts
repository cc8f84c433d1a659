import { ServiceError } from '../../core/service-error.ts'
import { s3Error } from './error-answers.ts'
import type { Protocol } from './protocol.ts'
import { methodAndPath } from './request-text.ts'
import { restJson1 } from './rest-json.ts'

/** The form in which S3 answers: its clients are told in it that it is not here. */
export const s3Form: Pick<Protocol, 'asked' | 'encodeUnrouted' | 'errors'> = {
  asked: methodAndPath,
  encodeUnrouted: s3Error,
  errors: { ...restJson1.errors, unknownService: (message) => new ServiceError('NotImplemented', 400, message) },
}
