import type { AlgorithmSpec, WrappingKeySpec } from '@aws-sdk/client-kms'
import { wrapMaterial } from '../../../../test/fixtures/import.ts'
import { keys } from '../storage/collections.ts'
import { accountId, type InputOf, type KmsFixture, present } from '../testing.ts'

// What tests of imported material and of multi-Region keys do with KMS.

export const here = 'us-east-1'
export const there = 'eu-west-1'
export const elsewhere = 'ap-south-1'

export const forEver = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

/** A wrapping key pair, and what wraps with it. */
export async function parameters(
  kms: KmsFixture,
  KeyId: string,
  WrappingAlgorithm: AlgorithmSpec = 'RSAES_OAEP_SHA_256',
  WrappingKeySpec: WrappingKeySpec = 'RSA_2048',
  region = here,
) {
  const request = { KeyId, WrappingAlgorithm, WrappingKeySpec }
  const answer = await kms.call('GetParametersForImport', request, { region })
  const publicKey = present(answer.PublicKey)
  return {
    token: present(answer.ImportToken),
    wrap: (material: Uint8Array) => wrapMaterial(publicKey, WrappingAlgorithm, material),
    answer,
  }
}

/** Imports material, for ever unless something else is said. */
export async function importInto(
  kms: KmsFixture,
  KeyId: string,
  material: Uint8Array,
  more: Partial<InputOf<'ImportKeyMaterial'>> = {},
  region = here,
) {
  const { token, wrap } = await parameters(kms, KeyId, undefined, undefined, region)
  const request = { KeyId, ImportToken: token, EncryptedKeyMaterial: wrap(material), ...more }
  const expiration = more.ValidTo || more.ExpirationModel ? {} : forEver
  return kms.call('ImportKeyMaterial', { ...request, ...expiration }, { region })
}

/** Makes a related key in another Region and waits until it is ready. */
export async function replicate(kms: KmsFixture, KeyId: string, ReplicaRegion = there, region = here) {
  const answer = await kms.call('ReplicateKey', { KeyId, ReplicaRegion }, { region })
  await kms.advanceDays(0)
  return answer
}

export const describe = async (kms: KmsFixture, KeyId: string, region = here) =>
  present((await kms.call('DescribeKey', { KeyId }, { region })).KeyMetadata)

export const stored = async (kms: KmsFixture, keyId: string, region: string) =>
  present(await kms.store.in(keys).get({ accountId, region }, keyId))
