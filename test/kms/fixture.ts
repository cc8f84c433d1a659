import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms'
import type { AwsEvent, Strongroom } from '../../src/server/server.ts'
import { clientsOf } from '../fixtures/clients.ts'
import { wrapMaterial } from '../fixtures/import.ts'

export const day = 86_400

/** The part of an answer that a test looks at. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what the test looks at')
  return value
}

/** What tests of keys' lives do with a server, through the AWS SDK, in whatever Region. */
export class Keys {
  readonly server: Strongroom
  readonly kms: KMSClient
  readonly events: AwsEvent[] = []
  readonly #clients = new Map<string, KMSClient>()

  constructor(server: Strongroom) {
    this.server = server
    this.kms = this.in(server.region)
    server.onEvent(async (event) => {
      this.events.push(event)
    })
  }

  in(region: string): KMSClient {
    const known = this.#clients.get(region)
    if (known) return known
    const { kms } = clientsOf(this.server, this.server.credentials, region)
    this.#clients.set(region, kms)
    return kms
  }

  async create(input: CreateKeyCommandInput = {}): Promise<{ KeyId: string; arn: string }> {
    const { KeyMetadata } = await this.kms.send(new CreateKeyCommand(input))
    return { KeyId: present(KeyMetadata?.KeyId), arn: present(KeyMetadata?.Arn) }
  }

  async describe(KeyId: string, kms = this.kms) {
    return present((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata)
  }

  async encrypt(KeyId: string, text: string, kms = this.kms): Promise<Uint8Array> {
    return present((await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }))).CiphertextBlob)
  }

  async decrypt(CiphertextBlob: Uint8Array, KeyId?: string, kms = this.kms) {
    const answer = await kms.send(new DecryptCommand({ CiphertextBlob, KeyId }))
    return { text: Buffer.from(present(answer.Plaintext)).toString(), ...answer }
  }

  /** A wrapping key pair with its token. */
  async parameters(
    KeyId: string,
    WrappingAlgorithm: AlgorithmSpec = 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: WrappingKeySpec = 'RSA_2048',
    kms = this.kms,
  ) {
    const request = { KeyId, WrappingAlgorithm, WrappingKeySpec }
    const { PublicKey, ImportToken, ParametersValidTo } = await kms.send(new GetParametersForImportCommand(request))
    const publicKey = present(PublicKey)
    return {
      publicKey,
      token: present(ImportToken),
      validTo: ParametersValidTo,
      wrap: (material: Uint8Array) => wrapMaterial(publicKey, WrappingAlgorithm, material),
    }
  }

  /** Imports material, by default for ever. */
  async import(KeyId: string, material: Uint8Array, more: Partial<ImportKeyMaterialCommandInput> = {}, kms = this.kms) {
    const { token, wrap } = await this.parameters(KeyId, undefined, undefined, kms)
    const expiration = more.ValidTo ? {} : ({ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const)
    const request = { KeyId, ImportToken: token, EncryptedKeyMaterial: wrap(material), ...expiration, ...more }
    return kms.send(new ImportKeyMaterialCommand(request))
  }

  /** What CloudTrail has under a name, newest first. */
  async records(eventName: string, region = this.server.region) {
    const { cloudtrail } = clientsOf(this.server, this.server.credentials, region)
    const LookupAttributes = [{ AttributeKey: 'EventName', AttributeValue: eventName } as const]
    const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({ LookupAttributes }))
    return Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
  }

  /** The time that the server will have, so many days ahead. */
  inDays(days: number): Date {
    return new Date(this.server.now().getTime() + days * day * 1000)
  }
}

export const pendingImport = (arn: string) => ({
  name: 'KMSInvalidStateException',
  message: `${arn} is pending import.`,
})
