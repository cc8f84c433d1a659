import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  type KMSServiceException,
  ReEncryptCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let clients: ReturnType<typeof clientsOf>
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  clients = clientsOf(server)
})
after(() => server.stop())

const Message = Buffer.from('attack at dawn')

async function newKey(input: CreateKeyCommandInput = {}) {
  const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand(input))
  return { KeyId: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

const publicKeyFrom = (der: Uint8Array | undefined): KeyObject =>
  createPublicKey({ key: Buffer.from(der ?? []), format: 'der', type: 'spki' })

/** The last record of an operation: `requestParameters`, `responseElements` and so on. */
async function recordOf(EventName: string) {
  const { Events } = await clients.cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: EventName }] }),
  )
  return JSON.parse(Events?.[0]?.CloudTrailEvent ?? '{}')
}

/** Checks a record of a cryptographic operation, and that none of the bytes that went or came stands in it. */
async function assertRecorded(
  operation: string,
  arns: readonly string[],
  requestParameters: object,
  bytes: readonly (Uint8Array | undefined)[],
  additionalEventData?: object,
) {
  const record = await recordOf(operation)
  const { readOnly, responseElements, resources, eventCategory, errorCode } = record
  assert.deepEqual([readOnly, responseElements, eventCategory, errorCode], [true, null, 'Management', undefined])
  assert.deepEqual(record.requestParameters, requestParameters)
  assert.deepEqual(record.additionalEventData, additionalEventData)
  const { accountId } = server
  assert.deepEqual(
    resources,
    arns.map((ARN) => ({ accountId, type: 'AWS::KMS::Key', ARN })),
  )
  const text = JSON.stringify(record)
  for (const each of bytes) {
    const secret = Buffer.from(each ?? [])
    assert.ok(secret.length >= Message.length)
    for (const form of ['base64', 'hex', 'latin1'] as const) assert.ok(!text.includes(secret.toString(form)), operation)
  }
}

test('K3 scenario 60: an SDK signs and verifies with a key pair, and the record shows how but not what', async () => {
  const { KeyId, arn } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const SigningAlgorithm = 'RSASSA_PSS_SHA_256'
  const input = { KeyId, Message, SigningAlgorithm } as const
  const signed = await clients.kms.send(new SignCommand(input))
  assert.deepEqual([signed.KeyId, signed.SigningAlgorithm], [arn, SigningAlgorithm])
  const shown = { keyId: KeyId, signingAlgorithm: SigningAlgorithm, messageType: 'RAW' }
  await assertRecorded('Sign', [arn], shown, [Message, signed.Signature])

  const digest = createHash('sha256').update(Message).digest()
  const { Signature } = signed
  const verifying = new VerifyCommand({ ...input, Message: digest, MessageType: 'DIGEST', Signature })
  const { SignatureValid } = await clients.kms.send(verifying)
  assert.equal(SignatureValid, true)
  await assertRecorded('Verify', [arn], { ...shown, messageType: 'DIGEST' }, [digest, Signature])

  const { PublicKey, KeyUsage, SigningAlgorithms } = await clients.kms.send(new GetPublicKeyCommand({ KeyId }))
  assert.deepEqual([KeyUsage, SigningAlgorithms?.length], ['SIGN_VERIFY', 6])
  const pss = { padding: 6, saltLength: 32 }
  assert.ok(verify('sha256', Message, { key: publicKeyFrom(PublicKey), ...pss }, Buffer.from(Signature ?? [])))
  await assertRecorded('GetPublicKey', [arn], { keyId: KeyId }, [PublicKey])
})

test('K3 scenario 20: a wrong signature and a wrong MAC are errors that an SDK knows, recorded without them', async () => {
  const signer = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const Signature = Buffer.alloc(70, 3)
  const verifying = new VerifyCommand({ KeyId: signer.KeyId, Message, Signature, SigningAlgorithm: 'ECDSA_SHA_256' })
  await assert.rejects(clients.kms.send(verifying), (error: KMSServiceException) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['KMSInvalidSignatureException', 400])
    return true
  })
  const record = await recordOf('Verify')
  assert.deepEqual([record.errorCode, record.errorMessage], ['KMSInvalidSignatureException', undefined])
  assert.ok(!JSON.stringify(record).includes(Signature.toString('base64')))

  const mac = await newKey({ KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const Mac = Buffer.alloc(64, 3)
  const input = { KeyId: mac.KeyId, Message, Mac, MacAlgorithm: 'HMAC_SHA_512' } as const
  await assert.rejects(clients.kms.send(new VerifyMacCommand(input)), { name: 'KMSInvalidMacException' })
})

test('scenario 60: an SDK makes and verifies a MAC', async () => {
  const { KeyId, arn } = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const MacAlgorithm = 'HMAC_SHA_256'
  const { Mac } = await clients.kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }))
  assert.equal(Mac?.length, 32)
  const shown = { keyId: KeyId, macAlgorithm: MacAlgorithm }
  await assertRecorded('GenerateMac', [arn], shown, [Message, Mac])
  const verified = await clients.kms.send(new VerifyMacCommand({ KeyId, Message, Mac, MacAlgorithm }))
  assert.deepEqual([verified.MacValid, verified.KeyId], [true, arn])
  await assertRecorded('VerifyMac', [arn], shown, [Message, Mac])
})

test('K3 scenario 60: an SDK encrypts with an RSA key, decrypts and re-encrypts under a symmetric one', async () => {
  const rsa = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const symmetric = await newKey()
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const input = { KeyId: rsa.KeyId, EncryptionAlgorithm } as const
  const { CiphertextBlob } = await clients.kms.send(new EncryptCommand({ ...input, Plaintext: Message }))
  assert.equal(CiphertextBlob?.length, 256)
  const shown = { keyId: rsa.KeyId, encryptionAlgorithm: EncryptionAlgorithm }
  await assertRecorded('Encrypt', [rsa.arn], shown, [Message, CiphertextBlob])

  const decrypted = await clients.kms.send(new DecryptCommand({ ...input, CiphertextBlob }))
  assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Message)
  assert.deepEqual([decrypted.KeyId, decrypted.KeyMaterialId], [rsa.arn, undefined])
  await assertRecorded('Decrypt', [rsa.arn], shown, [Message, CiphertextBlob])

  const moved = await clients.kms.send(
    new ReEncryptCommand({
      CiphertextBlob,
      SourceKeyId: rsa.KeyId,
      SourceEncryptionAlgorithm: EncryptionAlgorithm,
      DestinationKeyId: symmetric.KeyId,
    }),
  )
  const expected = {
    sourceKeyId: rsa.KeyId,
    sourceEncryptionAlgorithm: EncryptionAlgorithm,
    destinationKeyId: symmetric.KeyId,
    destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }
  const material = { destinationKeyMaterialId: moved.DestinationKeyMaterialId }
  await assertRecorded(
    'ReEncrypt',
    [rsa.arn, symmetric.arn],
    expected,
    [CiphertextBlob, moved.CiphertextBlob],
    material,
  )
  const opened = await clients.kms.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }))
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Message)
})

test('scenario 17: without the key an RSA ciphertext says nothing, and a damaged one says the same', async () => {
  const { KeyId } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const CiphertextBlob = Buffer.alloc(256, 7)
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  for (const named of [undefined, KeyId]) {
    const decrypting = new DecryptCommand({ KeyId: named, CiphertextBlob, EncryptionAlgorithm })
    await assert.rejects(clients.kms.send(decrypting), { name: 'InvalidCiphertextException' })
  }
})

test('scenario 28 scenario 60: an SDK gets data key pairs, whose private half Decrypt gives back', async () => {
  const { KeyId, arn } = await newKey()
  const EncryptionContext = { purpose: 'signing' }
  const input = { KeyId, EncryptionContext } as const
  const pair = await clients.kms.send(new GenerateDataKeyPairCommand({ ...input, KeyPairSpec: 'ECC_SECG_P256K1' }))
  const { PrivateKeyCiphertextBlob: CiphertextBlob, PrivateKeyPlaintext, PublicKey, KeyMaterialId } = pair
  const { Plaintext } = await clients.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
  assert.deepEqual(Plaintext, PrivateKeyPlaintext)
  const privateKey = createPrivateKey({ key: Buffer.from(Plaintext ?? []), format: 'der', type: 'pkcs8' })
  assert.ok(createPublicKey(privateKey).equals(publicKeyFrom(PublicKey)))
  const shown = { keyId: KeyId, encryptionContext: EncryptionContext, keyPairSpec: 'ECC_SECG_P256K1' }
  const secrets = [PrivateKeyPlaintext, CiphertextBlob, PublicKey]
  await assertRecorded('GenerateDataKeyPair', [arn], shown, secrets, { keyMaterialId: KeyMaterialId })

  const later = new GenerateDataKeyPairWithoutPlaintextCommand({ ...input, KeyPairSpec: 'ML_KEM_768' })
  const wrapped = await clients.kms.send(later)
  assert.ok(!('PrivateKeyPlaintext' in wrapped))
  assert.equal(publicKeyFrom(wrapped.PublicKey).asymmetricKeyType, 'ml-kem-768')
  const parameters = { ...shown, keyPairSpec: 'ML_KEM_768' }
  const bytes = [wrapped.PrivateKeyCiphertextBlob, wrapped.PublicKey]
  const material = { keyMaterialId: KeyMaterialId }
  await assertRecorded('GenerateDataKeyPairWithoutPlaintext', [arn], parameters, bytes, material)
})

test('scenario 25 scenario 60: an SDK derives the secret that the other party derives', async () => {
  const { KeyId, arn } = await newKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' })
  const peer = await newKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' })
  const KeyAgreementAlgorithm = 'ECDH'
  const derive = async (own: string, other: string) => {
    const { PublicKey } = await clients.kms.send(new GetPublicKeyCommand({ KeyId: other }))
    const input = { KeyId: own, PublicKey, KeyAgreementAlgorithm } as const
    return { PublicKey, ...(await clients.kms.send(new DeriveSharedSecretCommand(input))) }
  }
  const theirs = await derive(peer.KeyId, KeyId)
  const ours = await derive(KeyId, peer.KeyId)
  assert.deepEqual(ours.SharedSecret, theirs.SharedSecret)
  assert.deepEqual([ours.SharedSecret?.length, ours.KeyOrigin, ours.KeyId], [48, 'AWS_KMS', arn])
  const shown = { keyId: KeyId, keyAgreementAlgorithm: KeyAgreementAlgorithm }
  await assertRecorded('DeriveSharedSecret', [arn], shown, [ours.SharedSecret, ours.PublicKey])

  const PublicKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
    format: 'der',
    type: 'spki',
  })
  const misfit = new DeriveSharedSecretCommand({ KeyId, PublicKey, KeyAgreementAlgorithm })
  await assert.rejects(clients.kms.send(misfit), { name: 'ValidationException' })
})

test('scenario 23 scenario 60: an SDK encapsulates a secret and opens it again', async () => {
  const { KeyId, arn } = await newKey({ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  const EncapsulationAlgorithm = 'ML_KEM'
  const made = await clients.kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }))
  const { SharedSecret, SharedSecretCiphertextBlob } = made
  const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob } as const
  const opened = await clients.kms.send(new DecapsulateCommand(input))
  assert.deepEqual(opened.SharedSecret, SharedSecret)
  const shown = { keyId: KeyId, encapsulationAlgorithm: EncapsulationAlgorithm }
  for (const operation of ['Encapsulate', 'Decapsulate']) {
    await assertRecorded(operation, [arn], shown, [SharedSecret, SharedSecretCiphertextBlob])
  }
})

test('scenario 27: a data key of 1,024 bytes comes back from Decrypt; two sizes or none are refused', async () => {
  const { KeyId } = await newKey()
  const made = await clients.kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 1024 }))
  const { Plaintext } = await clients.kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
  assert.equal(made.Plaintext?.length, 1024)
  assert.deepEqual(Plaintext, made.Plaintext)
  for (const size of [{}, { NumberOfBytes: 32, KeySpec: 'AES_256' as const }]) {
    await assert.rejects(clients.kms.send(new GenerateDataKeyCommand({ KeyId, ...size })), {
      name: 'ValidationException',
      message: 'Please specify either number of bytes or key spec.',
    })
  }
})

test('a Recipient never gets a plaintext: an attestation that cannot be verified is refused by every operation', async () => {
  const { KeyId } = await newKey()
  const agreement = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const { CiphertextBlob } = await clients.kms.send(new EncryptCommand({ KeyId, Plaintext: Message }))
  const { PublicKey } = await clients.kms.send(new GetPublicKeyCommand({ KeyId: agreement.KeyId }))
  const Recipient = {
    KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    AttestationDocument: Buffer.alloc(100, 1),
  } as const
  const refused = { name: 'ValidationException', message: /attestation/ }
  const { kms } = clients
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob, Recipient })), refused)
  await assert.rejects(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient })), refused)
  const pair = new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', Recipient })
  await assert.rejects(kms.send(pair), refused)
  await assert.rejects(kms.send(new GenerateRandomCommand({ NumberOfBytes: 8, Recipient })), refused)
  const derive = { KeyId: agreement.KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey, Recipient } as const
  await assert.rejects(kms.send(new DeriveSharedSecretCommand(derive)), refused)
})
