import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'

let server: Strongroom
let kms: ReturnType<typeof clientsOf>['kms']
let folder: string
before(async () => {
  server = await startTestServer()
  kms = clientsOf(server).kms
  folder = mkdtempSync(join(tmpdir(), 'strongroom-openssl-'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const skip = missing('openssl', 'version')
const Message = Buffer.from('attack at dawn')

/** A file with these bytes, for openssl to read. */
function file(name: string, bytes: Uint8Array | undefined): string {
  const path = join(folder, name)
  writeFileSync(path, bytes ?? '')
  return path
}

/** Runs openssl; its output. @throws Error with its words. */
function openssl(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args)
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** A new key, and its public half as a file that openssl takes with `-pubin -inkey`. */
async function newKey(KeySpec: KeySpec, KeyUsage: KeyUsageType) {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }))
  const KeyId = KeyMetadata?.KeyId
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const der = file(`${KeyId}.der`, PublicKey)
  const publicKey = join(folder, `${KeyId}.pem`)
  openssl('pkey', '-pubin', '-inform', 'DER', '-in', der, '-out', publicKey)
  return { KeyId, publicKey }
}

const pss = (bits: number) =>
  [`rsa_padding_mode:pss`, `rsa_pss_saltlen:${bits / 8}`, `rsa_mgf1_md:sha${bits}`].flatMap((option) => [
    '-sigopt',
    option,
  ])

/** What openssl dgst says of a signature of the message. */
function dgstVerify(
  publicKey: string,
  bits: number,
  Signature: Uint8Array | undefined,
  options: readonly string[] = [],
) {
  const signature = file('signature', Signature)
  const message = file('message', Message)
  return String(openssl('dgst', `-sha${bits}`, '-verify', publicKey, ...options, '-signature', signature, message))
}

test('K3 scenario 18: openssl verifies RSA signatures of KMS, PKCS #1 and PSS, made of the message and of its digest', {
  skip,
}, async () => {
  const { KeyId, publicKey } = await newKey('RSA_3072', 'SIGN_VERIFY')
  for (const bits of [256, 384, 512] as const) {
    const digest = openssl('dgst', `-sha${bits}`, '-binary', file('message', Message))
    for (const scheme of ['RSASSA_PKCS1_V1_5', 'RSASSA_PSS'] as const) {
      const SigningAlgorithm = `${scheme}_SHA_${bits}` as const
      const options = scheme === 'RSASSA_PSS' ? pss(bits) : []
      for (const form of [{ Message }, { Message: digest, MessageType: 'DIGEST' as const }]) {
        const { Signature } = await kms.send(new SignCommand({ KeyId, SigningAlgorithm, ...form }))
        assert.match(dgstVerify(publicKey, bits, Signature, options), /Verified OK/)
      }
    }
  }
})

test('K3: openssl verifies ECDSA signatures of KMS on every curve, made of the message and of its digest', {
  skip,
}, async () => {
  const curves = { ECC_NIST_P256: 256, ECC_NIST_P384: 384, ECC_NIST_P521: 512, ECC_SECG_P256K1: 256 } as const
  for (const [spec, bits] of Object.entries(curves)) {
    const { KeyId, publicKey } = await newKey(spec as KeySpec, 'SIGN_VERIFY')
    const SigningAlgorithm = `ECDSA_SHA_${bits}` as SigningAlgorithmSpec
    const digest = openssl('dgst', `-sha${bits}`, '-binary', file('message', Message))
    for (const form of [{ Message }, { Message: digest, MessageType: 'DIGEST' as const }]) {
      const { Signature } = await kms.send(new SignCommand({ KeyId, SigningAlgorithm, ...form }))
      assert.match(dgstVerify(publicKey, bits, Signature), /Verified OK/)
    }
  }
})

test('K3 scenario 21: openssl verifies Ed25519 signatures of KMS', { skip }, async () => {
  const { KeyId, publicKey } = await newKey('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY')
  const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm: 'ED25519_SHA_512' }))
  const files = ['-in', file('message', Message), '-sigfile', file('signature', Signature)]
  const said = openssl('pkeyutl', '-verify', '-pubin', '-inkey', publicKey, '-rawin', ...files)
  assert.match(String(said), /Verified Successfully/)
})

test('K3 scenario 17: Decrypt opens what openssl encrypts with the public key', { skip }, async () => {
  const { KeyId, publicKey } = await newKey('RSA_2048', 'ENCRYPT_DECRYPT')
  for (const [hash, EncryptionAlgorithm] of [
    ['sha1', 'RSAES_OAEP_SHA_1'],
    ['sha256', 'RSAES_OAEP_SHA_256'],
  ] as const) {
    const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`]
    const pkeyopt = options.flatMap((option) => ['-pkeyopt', option])
    const input = ['-pubin', '-inkey', publicKey, ...pkeyopt, '-in', file('message', Message)]
    const CiphertextBlob = openssl('pkeyutl', '-encrypt', ...input)
    const { Plaintext } = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }))
    assert.deepEqual(Buffer.from(Plaintext ?? []), Message)
  }
})

test('K3 scenario 25: openssl derives the secret that KMS derives', { skip }, async () => {
  const { KeyId, publicKey } = await newKey('ECC_NIST_P521', 'KEY_AGREEMENT')
  const own = join(folder, 'own.pem')
  openssl('ecparam', '-name', 'secp521r1', '-genkey', '-noout', '-out', own)
  const PublicKey = openssl('ec', '-in', own, '-pubout', '-outform', 'DER')
  const input = { KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' } as const
  const { SharedSecret } = await kms.send(new DeriveSharedSecretCommand(input))
  assert.deepEqual(Buffer.from(SharedSecret ?? []), openssl('pkeyutl', '-derive', '-inkey', own, '-peerkey', publicKey))
})

test('K4 scenario 28: what openssl signs with a data key pair of KMS, the public half verifies; KMS verifies what openssl hashes', {
  skip,
}, async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId: KeyMetadata?.KeyId, KeyPairSpec: 'RSA_2048' }))
  const privateKey = join(folder, 'data-key.pem')
  openssl('pkey', '-inform', 'DER', '-in', file('data-key.der', pair.PrivateKeyPlaintext), '-out', privateKey)
  const publicKey = join(folder, 'data-key-public.pem')
  openssl('pkey', '-pubin', '-inform', 'DER', '-in', file('public.der', pair.PublicKey), '-out', publicKey)
  const Signature = openssl('dgst', '-sha256', '-sign', privateKey, file('message', Message))
  assert.match(dgstVerify(publicKey, 256, Signature), /Verified OK/)

  const signer = await newKey('ECC_NIST_P384', 'SIGN_VERIFY')
  const SigningAlgorithm = 'ECDSA_SHA_384'
  const signed = await kms.send(new SignCommand({ KeyId: signer.KeyId, Message, SigningAlgorithm }))
  const digest = openssl('dgst', '-sha384', '-binary', file('message', Message))
  const input = { KeyId: signer.KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm } as const
  const { SignatureValid } = await kms.send(new VerifyCommand({ ...input, Signature: signed.Signature }))
  assert.equal(SignatureValid, true)
})
