import type { StoreCiphertext } from '../domain/algorithms/store-ciphertext.ts'
import type { ProxySettings } from '../domain/key-stores/custom-key-store.ts'
import { KeyStoreFailure } from '../domain/key-stores/key-store-failures.ts'
import type {
  KeyStoreFacts,
  KeyStoreProvider,
  OpenedKeyStore,
  StoreCall,
} from '../domain/key-stores/key-store-provider.ts'
import { readCiphertext, readHealth, readKeyMetadata, readPlaintext } from './xks-answers.ts'
import type { XksProxyClient } from './xks-proxy-client.ts'

/**
 * Key stores outside: an external key manager behind a proxy that speaks the External Key Store Proxy API, version 1.
 * @see https://github.com/aws/aws-kms-xksproxy-api-spec
 */
export class ExternalKeyStore implements KeyStoreProvider {
  readonly #client: Pick<XksProxyClient, 'post'>

  constructor(client: Pick<XksProxyClient, 'post'>) {
    this.#client = client
  }

  async inspect(opened: OpenedKeyStore, storeCall: StoreCall): Promise<KeyStoreFacts> {
    await this.connect(opened, storeCall)
    return {}
  }

  async prepareConnection(): Promise<{ nextSecret?: string }> {
    return {}
  }

  async connect(opened: OpenedKeyStore, { operation, requestId }: StoreCall): Promise<void> {
    readHealth(await this.#ask(opened, '/health', { kmsOperation: operation, kmsRequestId: requestId }))
  }

  /** Nothing is kept open for a store. */
  async disconnect(): Promise<void> {}

  async createKey(
    opened: OpenedKeyStore,
    { xksKeyId = '' }: { keyArn: string; xksKeyId?: string },
    storeCall: StoreCall,
  ): Promise<string> {
    // `.` and `..` are not names of keys: in a URL they would lead to another path.
    if (/^\.{1,2}$/.test(xksKeyId)) throw new KeyStoreFailure('external-key-not-found')
    // There is no KMS key yet whose ARN could be sent.
    const metadata = requestMetadata({ ...storeCall, keyArn: undefined })
    const key = readKeyMetadata(await this.#ask(opened, `/keys/${xksKeyId}/metadata`, metadata))
    if (key.keySpec !== 'AES_256') {
      throw unfit(
        `The key spec of the external key must be AES_256. The key spec of specified external key is`,
        key.keySpec,
      )
    }
    if (key.keyStatus !== 'ENABLED') {
      throw unfit(
        `The status of the external key must be ENABLED. The status of specified external key is`,
        key.keyStatus,
      )
    }
    if (!key.keyUsage.includes('ENCRYPT') || !key.keyUsage.includes('DECRYPT')) {
      throw unfit(
        'The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is',
        key.keyUsage.join(', '),
      )
    }
    return xksKeyId
  }

  async encrypt(
    opened: OpenedKeyStore,
    xksKeyId: string,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    storeCall: StoreCall,
  ): Promise<StoreCiphertext> {
    const answer = await this.#ask(opened, `/keys/${xksKeyId}/encrypt`, requestMetadata(storeCall), {
      ...withAssociatedData(associatedData),
      plaintext: base64(plaintext),
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    })
    return readCiphertext(answer, plaintext.length, associatedData)
  }

  async decrypt(
    opened: OpenedKeyStore,
    xksKeyId: string,
    sealed: StoreCiphertext,
    associatedData: Uint8Array,
    storeCall: StoreCall,
  ): Promise<Buffer> {
    const answer = await this.#ask(opened, `/keys/${xksKeyId}/decrypt`, requestMetadata(storeCall), {
      ...withAssociatedData(associatedData),
      ciphertext: base64(sealed.ciphertext),
      ...(sealed.metadata.length > 0 && { ciphertextMetadata: base64(sealed.metadata) }),
      initializationVector: base64(sealed.initializationVector),
      authenticationTag: base64(sealed.authenticationTag),
      encryptionAlgorithm: 'AES_GCM',
    })
    return readPlaintext(answer, sealed.ciphertext.length)
  }

  #ask({ store, secret }: OpenedKeyStore, path: string, metadata: object, members: object = {}): Promise<unknown> {
    const { uriEndpoint, uriPath, accessKeyId } = proxyOf(store)
    return this.#client.post({
      uriEndpoint,
      path: uriPath + path,
      region: store.region,
      accessKeyId,
      secretAccessKey: secret,
      body: { requestMetadata: metadata, ...members },
    })
  }
}

const unfit = (rule: string, found: string) =>
  new KeyStoreFailure('external-key-unfit', { detail: `${rule} ${printable(found)}.` })

/** What a proxy sends goes into an answer only as a short plain word. */
const printable = (text: string) => text.replace(/[^A-Za-z0-9_,. -]/g, '?').slice(0, 128)

function proxyOf({ customKeyStoreId, proxy }: OpenedKeyStore['store']): ProxySettings {
  if (!proxy) throw new Error(`${customKeyStoreId} has no proxy`)
  return proxy
}

const requestMetadata = ({ principalArn, keyArn, operation, requestId, viaService }: StoreCall) => ({
  awsPrincipalArn: principalArn,
  kmsKeyArn: keyArn,
  kmsOperation: operation,
  kmsRequestId: requestId,
  kmsViaService: viaService,
})

const withAssociatedData = (associatedData: Uint8Array) =>
  associatedData.length > 0 ? { additionalAuthenticatedData: base64(associatedData) } : {}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
