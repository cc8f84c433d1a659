import type { AuditResource } from '../../../core/audit.ts'
import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
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
  readonly #found = new FoundOnce<KeyTarget>()

  /** @param makeAwsManagedKey - asked for the key behind an alias that does not exist. */
  constructor(call: Call, makeAwsManagedKey: (aliasName: string) => Promise<KmsKey | undefined>) {
    this.#call = call
    this.#makeAwsManagedKey = makeAwsManagedKey
  }

  /**
   * Finds the key behind an identifier as given. A key of another account may be missing from the answer: its absence
   * shows as a denial, not as an error of its own.
   * @throws ServiceError NotFoundException, InvalidArnException.
   */
  find(identifier: string, acceptsAliases: boolean): Awaitable<KeyTarget> {
    const target = this.#found.find(identifier, () =>
      this.#lookUp(parseKeyIdentifier(identifier, this.#call, acceptsAliases)),
    )
    return andThen(target, (target) => {
      if (!target.key && !this.#isForeign(target)) throw absent(target)
      return target
    })
  }

  /** Finds the key that a ciphertext names. It may be missing, whosever it is. */
  findOrigin({ accountId, keyId }: { accountId: string; keyId: string }): Awaitable<KeyTarget> {
    const { partition, region } = this.#call
    // Under its ARN, as if the request had named the key: a text that no request could name it by would let one do so.
    const arn = keyArn({ partition, region, accountId }, keyId)
    return this.#found.find(arn, () => this.#lookUp({ accountId, keyId }))
  }

  /** The ARN behind an identifier that has been found. */
  arnOf(identifier: string): string | undefined {
    return this.#found.known(identifier)?.arn
  }

  /** Finds the key behind an identifier for a handler. @throws ServiceError as `find`, and NotFoundException for any key. */
  get(identifier: string, acceptsAliases = false): Awaitable<KmsKey> {
    return andThen(this.find(identifier, acceptsAliases), (target) => this.use(target))
  }

  /** The key itself, for a call that may use it. @throws ServiceError NotFoundException. */
  use(target: KeyTarget): KmsKey {
    if (!target.key) throw absent(target)
    if (this.#isForeign(target)) this.#note(target)
    return target.key
  }

  #note({ key }: KeyTarget): void {
    if (key) this.#call.note({ resources: [keyResource(key)] })
  }

  #isForeign({ accountId }: Pick<KeyTarget, 'accountId'>): boolean {
    return accountId !== this.#call.accountId
  }

  // The call's record names the keys it is about, however it ends; a key of another account only once the call may use it:
  // before that, the caller must not learn what an alias of theirs refers to.
  #lookUp(reference: KeyReference): Awaitable<KeyTarget> {
    const target = 'keyId' in reference ? this.#keyTarget(reference) : this.#aliasTarget(reference)
    return andThen(target, (target) => {
      if (!this.#isForeign(target)) this.#note(target)
      return target
    })
  }

  #keyTarget({ accountId, keyId }: { accountId: string; keyId: string }): Awaitable<KeyTarget> {
    const { partition, region } = this.#call
    return andThen(this.#visibleKey(accountId, keyId), (key) => {
      return { accountId, arn: key?.arn ?? keyArn({ partition, region, accountId }, keyId), key }
    })
  }

  async #aliasTarget({ accountId, aliasName }: { accountId: string; aliasName: string }): Promise<KeyTarget> {
    const { store, region, partition } = this.#call
    const alias = await store.in(aliases).get({ accountId, region }, aliasName)
    const key = await (alias ? this.#visibleKey(accountId, alias.targetKeyId) : this.#makeOwn(accountId, aliasName))
    return { accountId, arn: key?.arn ?? aliasArn({ partition, region, accountId }, aliasName), aliasName, key }
  }

  #visibleKey(accountId: string, keyId: string): Awaitable<KmsKey | undefined> {
    const { store, region } = this.#call
    return andThen(store.in(keys).get({ accountId, region }, keyId), (key) => visibleKey(store, key))
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
