import type { AuditResource } from '../../../core/audit.ts'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
import { secretNotFound } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { newResource, parseSecretId, secretArn } from '../domain/secret-identifier.ts'
import { findSecret } from './secret-store.ts'

/** What a SecretId was found to mean. */
export interface SecretTarget {
  /** Owner of the secret, whether or not it exists. */
  accountId: string
  /** Of the secret; of what the request named when there is none. */
  arn: string
  secret?: Secret
}

/**
 * The secrets that one call is about. Each SecretId is looked up once, so that the secret that was authorised is the one
 * that is used.
 */
export class CallSecrets {
  readonly #call: Call
  readonly #found = new FoundOnce<SecretTarget>()
  readonly #newArns = new Map<string, string>()

  constructor(call: Call) {
    this.#call = call
  }

  /** Finds the secret behind an identifier as given; it may be missing. @throws ServiceError ValidationException. */
  find(secretId: string): Awaitable<SecretTarget> {
    return this.#found.find(secretId, async () => {
      const target = await this.#lookUp(secretId)
      // The call's record names the secret it is about, however it ends; that of another account only once it may be used.
      if (target.secret && target.accountId === this.#call.accountId) this.#note(target.secret)
      return target
    })
  }

  /** The secret behind an identifier, for a call that may use it. @throws ServiceError ResourceNotFoundException. */
  async get(secretId: string): Promise<Secret> {
    const { secret, accountId } = await this.find(secretId)
    if (!secret) throw secretNotFound()
    if (accountId !== this.#call.accountId) this.#note(secret)
    return secret
  }

  /** The ARN that a new secret of this name will have: the same one each time that this call asks. */
  newArn(name: string): string {
    const known = this.#newArns.get(name) ?? secretArn(this.#call, newResource(name))
    this.#newArns.set(name, known)
    return known
  }

  #note({ accountId, arn }: Secret): void {
    this.#call.note({ resources: [secretResource(accountId, arn)] })
  }

  async #lookUp(secretId: string): Promise<SecretTarget> {
    const { store, region, accountId } = this.#call
    const reference = parseSecretId(secretId)
    if (reference.by === 'name') {
      const secret = await findSecret(store, { accountId, region }, reference)
      return { accountId, arn: secret?.arn ?? secretArn(this.#call, reference.name), secret }
    }
    // A region answers for its own secrets alone.
    const here = reference.region === region
    const secret = here ? await findSecret(store, reference, reference) : undefined
    // Other accounts must name the secret in full.
    const complete = secret?.arn === secretId
    const visible = complete || reference.accountId === accountId
    const found = visible ? secret : undefined
    return { accountId: reference.accountId, arn: found?.arn ?? secretId, secret: found }
  }
}

export const secretResource = (accountId: string, arn: string): AuditResource => ({
  accountId,
  type: 'AWS::SecretsManager::Secret',
  ARN: arn,
})
