import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { wrongCustomerKey } from './configuration-errors.ts'
import { invalidArgument } from './errors.ts'
import type { ObjectEncryption } from './object-encryption.ts'

/** The members of a request that carry a key of the customer. */
export interface CustomerKeyMembers {
  SSECustomerAlgorithm?: string | undefined
  SSECustomerKey?: string | undefined
  SSECustomerKeyMD5?: string | undefined
  ServerSideEncryption?: string | undefined
}

export const givesCustomerKey = (input: CustomerKeyMembers): boolean =>
  input.SSECustomerAlgorithm !== undefined ||
  input.SSECustomerKey !== undefined ||
  input.SSECustomerKeyMD5 !== undefined

type CustomerEncryption = Extract<ObjectEncryption, { algorithm: 'SSE-C' }>

const header = (name: string) => `x-amz-server-side-encryption-customer-${name}`
const requests = 'Requests specifying Server Side Encryption with Customer provided keys must provide'
const keyBytes = 32

/** A key of the customer, as a request gives it. */
export interface CustomerKey {
  key: Buffer
  md5: string
}

/** @throws ServiceError InvalidArgument. */
export function readCustomerKey(input: CustomerKeyMembers): CustomerKey {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey, SSECustomerKeyMD5: md5 } = input
  if (algorithm !== 'AES256') {
    throw invalidArgument(`${requests} a valid encryption algorithm.`, header('algorithm'), algorithm ?? null)
  }
  if (input.ServerSideEncryption !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      'x-amz-server-side-encryption',
      input.ServerSideEncryption,
    )
  }
  if (!SSECustomerKey) throw invalidArgument(`${requests} an appropriate secret key.`, header('key'), null)
  if (!md5) {
    throw invalidArgument(`${requests} the client calculated MD5 of the secret key.`, header('key-MD5'), null)
  }
  const key = Buffer.from(SSECustomerKey, 'base64')
  if (key.length !== keyBytes) {
    throw invalidArgument('The secret key was invalid for the specified algorithm.', header('key'))
  }
  if (createHash('md5').update(key).digest('base64') !== md5) {
    throw invalidArgument(
      'The calculated MD5 hash of the key did not match the hash that was provided.',
      header('key-MD5'),
      md5,
    )
  }
  return { key, md5 }
}

/** Returns what is kept of a customer's key, and the key under which bytes are sealed with it. */
export function sealedUnder({ key, md5 }: CustomerKey): { encryption: CustomerEncryption; key: KeyObject } {
  const salt = randomBytes(16)
  const encryption = {
    ...{ algorithm: 'SSE-C' as const, keyMd5: md5 },
    salt: salt.toString('base64'),
    verifier: verifierOf(key, salt).toString('base64'),
  }
  return { encryption, key: derived(key, salt) }
}

/** @throws ServiceError AccessDenied for another key than the one that was written with. */
export function keyFor({ key }: CustomerKey, { salt, verifier }: CustomerEncryption): KeyObject {
  const salted = Buffer.from(salt, 'base64')
  if (!timingSafeEqual(verifierOf(key, salted), Buffer.from(verifier, 'base64'))) throw wrongCustomerKey()
  return derived(key, salted)
}

const verifierOf = (key: Buffer, salt: Buffer) =>
  createHmac('sha256', key).update('strongroom sse-c verifier').update(salt).digest()

const derived = (key: Buffer, salt: Buffer) =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, 'strongroom sse-c data key', keyBytes)))
