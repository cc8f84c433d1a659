import type { AuditResource } from '../../../core/audit.ts'
import type { Call } from '../../../core/call.ts'
import { aliasNotFound, keyNotFound } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import { aliasArn, type KeyReference, keyArn, parseKeyIdentifier } from '../domain/key-identifier.ts'
import { aliases, keys } from './collections.ts'
import { visibleKey } from './custom-key-store-store.ts'

/** What an identifier was found to mean. */
export interface KeyTarget {
  /** Owner of the key, whether or not it exists. */
  accountId: string
  /** Of the key; of what the request named when there is no key. */
  arn: string
  aliasName?: string
  key?: KmsKey
}

/**
 * The keys that one call is about. Each identifier is looked up once, so that the key that was authorised is the key that
 * is used, even when an alias moves in between.
 */
export class CallKeys {
  readonly #call: Call
  readonly #makeAwsManagedKey: (aliasName: string) => Promise<KmsKey | undefined>
  readonly #found = new Map<string, KeyTarget>()

  /** @param makeAwsManagedKey - asked for the key behind an alias that does not exist. */
  constructor(call: Call, makeAwsManagedKey: (aliasName: string) => Promise<KmsKey | undefined>) {
    this.#call = call
    this.#makeAwsManagedKey = makeAwsManagedKey
  }

  /**
   * Finds the key behind an identifier as given. A key of another account may be missing from the answer: its absence is
   * told by a denial, not by an error of its own.
   * @throws ServiceError NotFoundException, InvalidArnException.
   */
  async find(identifier: string, acceptsAliases: boolean): Promise<KeyTarget> {
    const target =
      this.#found.get(identifier) ??
      this.#remember(identifier, await this.#lookUp(parseKeyIdentifier(identifier, this.#call, acceptsAliases)))
    if (!target.key && !this.#isForeign(target)) throw absent(target)
    return target
  }

  /** Finds the key that a ciphertext names. It may be missing, whosever it is. */
  async findOrigin({ accountId, keyId }: { accountId: string; keyId: string }): Promise<KeyTarget> {
    const { partition, region } = this.#call
    // Under its ARN, as if the request had named the key: a text that no request could name it by would let one do so.
    const arn = keyArn({ partition, region, accountId }, keyId)
    return this.#found.get(arn) ?? this.#remember(arn, await this.#lookUp({ accountId, keyId }))
  }

  /** The ARN behind an identifier that has been found. */
  arnOf(identifier: string): string | undefined {
    return this.#found.get(identifier)?.arn
  }

  /** Finds the key behind an identifier for a handler. @throws ServiceError as `find`, and NotFoundException for any key. */
  async get(identifier: string, acceptsAliases = false): Promise<KmsKey> {
    return this.use(await this.find(identifier, acceptsAliases))
  }

  /** The key itself, for a call that may use it. @throws ServiceError NotFoundException. */
  use(target: KeyTarget): KmsKey {
    if (!target.key) throw absent(target)
    if (this.#isForeign(target)) this.#note(target)
    return target.key
  }

  // The call's record names the keys it is about, however it ends; a key of another account only once the call may use it:
  // before that, the caller must not learn what an alias of theirs refers to.
  #remember(id: string, target: KeyTarget): KeyTarget {
    if (!this.#isForeign(target)) this.#note(target)
    this.#found.set(id, target)
    return target
  }

  #note({ key }: KeyTarget): void {
    if (key) this.#call.note({ resources: [keyResource(key)] })
  }

  #isForeign({ accountId }: Pick<KeyTarget, 'accountId'>): boolean {
    return accountId !== this.#call.accountId
  }

  async #lookUp(reference: KeyReference): Promise<KeyTarget> {
    const { store, region, partition } = this.#call
    const { accountId } = reference
    const scope = { accountId, region }
    const place = { partition, ...scope }
    if ('keyId' in reference) {
      const key = await visibleKey(store, await store.in(keys).get(scope, reference.keyId))
      return { accountId, arn: keyArn(place, reference.keyId), key }
    }
    const { aliasName } = reference
    const alias = await store.in(aliases).get(scope, aliasName)
    const key = alias
      ? await visibleKey(store, await store.in(keys).get(scope, alias.targetKeyId))
      : await this.#makeOwn(accountId, aliasName)
    return { accountId, arn: key?.arn ?? aliasArn(place, aliasName), aliasName, key }
  }

  #makeOwn(accountId: string, aliasName: string): Promise<KmsKey | undefined> | undefined {
    return this.#isForeign({ accountId }) ? undefined : this.#makeAwsManagedKey(aliasName)
  }
}

export const keyResource = ({ accountId, arn }: Pick<KmsKey, 'accountId' | 'arn'>): AuditResource => ({
  accountId,
  type: 'AWS::KMS::Key',
  ARN: arn,
})

const absent = ({ aliasName, arn }: KeyTarget) => (aliasName ? aliasNotFound(arn) : keyNotFound(arn))
