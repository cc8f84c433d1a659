import type { Operation, ProtocolBinding } from '../operation.ts'
import type { ServiceError } from '../service-error.ts'
import type { RequestQuotas } from './request-quotas.ts'
import type { ServiceModel } from './service-model.ts'

/** What is wrong with a member of a request. `item`: an item of a list, or an entry of a map. */
export type ValidationProblem =
  | 'missing'
  | 'enum'
  | 'pattern'
  | 'too-short'
  | 'too-long'
  | 'too-small'
  | 'too-large'
  | 'item'

/** What a request says of the service that it is for, and how the service words what it answers. */
export interface ServiceHead {
  /** SigV4 scope name and endpoint prefix: `kms`. */
  name: string
  /** The service in credential scopes, where that is not its name. Of services that share one, each has its paths. */
  signingName?: string
  /** Words of the service in messages and coverage tables: `AWS KMS`. */
  title: string
  /** Service principal and event source: `kms.amazonaws.com`. */
  principal: string
  apiVersion: string
  bindings: readonly ProtocolBinding[]
  /** Set for services with one region: where they are, whatever region the client names. */
  globalRegion?: string
  /** Name of the message member in the service's own errors. */
  messageMember: 'message' | 'Message'
  /** Code for validation failures: ValidationException, ValidationError, … */
  validationErrorCode: string
  /** IAM prints neither values nor enum sets. */
  validationShowsValues: boolean
  /** The refusal of a service that words validation failures in its own way: of the first one, with the member's path. */
  validationError?(problem: ValidationProblem, path: string): ServiceError
  /** Members whose patterns the service words itself: its operations check them. */
  wordedMembers?: readonly string[]
  /** Paths of documents that the service shows to any client, without a signature, such as a certificate. */
  documents?: RegExp
  /** Loaded on first use. */
  loadModel(): Promise<ServiceModel>
}

/** The static part of a service: its names and protocol on the wire, and its operation table. */
// biome-ignore lint/suspicious/noExplicitAny: the gateway holds operations of every shape; each table is checked where it is written.
export interface ServiceDefinition<Context = any> extends ServiceHead {
  operations: Record<string, Operation<Context, never, unknown>>
  /** The quotas of request rates, where the service has any. */
  requestQuotas?: RequestQuotas<Context>
}
