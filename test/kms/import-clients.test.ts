import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { GetPublicKeyCommand, ImportKeyMaterialCommand, SignCommand } from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { Keys, present } from './fixture.ts'

const skip = missing('openssl', 'version')
const forEver = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

let keys: Keys
let folder: string
before(async () => {
  keys = new Keys(await startTestServer({ settings: { 'kms.import': 'any' } }))
  folder = mkdtempSync(join(tmpdir(), 'strongroom-import-'))
})
after(async () => {
  await keys.server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string) => join(folder, name)

async function command(name: 'openssl' | 'aws', args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(name, args, clientEnvironment(keys.server, keys.server.credentials))
  assert.equal(status, 0, stderr)
  return stdout
}

const openssl = (...args: string[]) => command('openssl', args)

/** Wraps a file as the developer guide shows it. @param hash - `sha1`, `sha256`. */
const oaep = (from: string, to: string, hash: string) =>
  openssl(
    ...['pkeyutl', '-encrypt', '-in', file(from), '-out', file(to), '-inkey', file('wrapping.der')],
    ...['-keyform', 'DER', '-pubin', '-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', `rsa_oaep_md:${hash}`],
    ...['-pkeyopt', `rsa_mgf1_md:${hash}`],
  )

/** @param hash - of the OAEP around the AES key. */
async function aesKeyWrap(from: string, to: string, hash: string): Promise<void> {
  await openssl('rand', '-out', file('aes.bin'), '32')
  const aesKey = readFileSync(file('aes.bin')).toString('hex')
  await openssl(
    ...[
      'enc',
      '-id-aes256-wrap-pad',
      '-K',
      aesKey,
      '-iv',
      'A65959A6',
      '-in',
      file(from),
      '-out',
      file('material.wrap'),
    ],
  )
  await oaep('aes.bin', 'aes.wrap', hash)
  writeFileSync(file(to), Buffer.concat([readFileSync(file('aes.wrap')), readFileSync(file('material.wrap'))]))
}

for (const [algorithm, pairSpec, hash] of [
  ['RSAES_OAEP_SHA_256', 'RSA_2048', 'sha256'],
  ['RSAES_OAEP_SHA_1', 'RSA_3072', 'sha1'],
  ['RSAES_OAEP_SHA_256', 'RSA_4096', 'sha256'],
] as const) {
  test(`K8: KMS accepts what openssl has wrapped with ${algorithm} under ${pairSpec}`, { skip }, async () => {
    const { KeyId } = await keys.create({ Origin: 'EXTERNAL' })
    const { publicKey, token } = await keys.parameters(KeyId, algorithm, pairSpec)
    writeFileSync(file('wrapping.der'), publicKey)
    await openssl('rand', '-out', file('plain.bin'), '32')
    await oaep('plain.bin', 'wrapped.bin', hash)
    const EncryptedKeyMaterial = readFileSync(file('wrapped.bin'))
    await keys.kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken: token, EncryptedKeyMaterial, ...forEver }))
    assert.equal((await keys.decrypt(await keys.encrypt(KeyId, 'x'))).text, 'x')
  })
}

for (const [KeySpec, algorithm, hash, generate] of [
  ['RSA_2048', 'RSA_AES_KEY_WRAP_SHA_256', 'sha256', ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
  ['ECC_NIST_P256', 'RSA_AES_KEY_WRAP_SHA_1', 'sha1', ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['ECC_NIST_P384', 'RSAES_OAEP_SHA_256', 'sha256', ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
] as const) {
  test(`KMS accepts an openssl key of ${KeySpec} by ${algorithm}, signs with it, and openssl verifies`, {
    skip,
  }, async () => {
    const { KeyId } = await keys.create({ Origin: 'EXTERNAL', KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const { publicKey, token } = await keys.parameters(KeyId, algorithm, 'RSA_3072')
    writeFileSync(file('wrapping.der'), publicKey)
    await openssl('genpkey', '-algorithm', ...generate, '-outform', 'PEM', '-out', file('own.pem'))
    await openssl('pkcs8', '-topk8', '-nocrypt', '-in', file('own.pem'), '-outform', 'DER', '-out', file('own.der'))
    await openssl('pkey', '-in', file('own.pem'), '-pubout', '-out', file('own.pub'))
    if (algorithm.startsWith('RSAES')) await oaep('own.der', 'wrapped.bin', hash)
    else await aesKeyWrap('own.der', 'wrapped.bin', hash)
    const EncryptedKeyMaterial = readFileSync(file('wrapped.bin'))
    await keys.kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken: token, EncryptedKeyMaterial, ...forEver }))
    const digest = KeySpec === 'ECC_NIST_P384' ? '384' : '256'
    const SigningAlgorithm = KeySpec === 'RSA_2048' ? 'RSASSA_PKCS1_V1_5_SHA_256' : `ECDSA_SHA_${digest}`
    const request = { KeyId, Message: Buffer.from('signed'), SigningAlgorithm: SigningAlgorithm as 'ECDSA_SHA_256' }
    const { Signature } = await keys.kms.send(new SignCommand(request))
    writeFileSync(file('message'), 'signed')
    writeFileSync(file('signature'), present(Signature))
    const verified = ['dgst', `-sha${digest}`, '-verify', file('own.pub'), '-signature', file('signature')]
    assert.match(await openssl(...verified, file('message')), /Verified OK/)
    const { PublicKey } = await keys.kms.send(new GetPublicKeyCommand({ KeyId }))
    const own = createPublicKey(readFileSync(file('own.pub'))).export({ format: 'der', type: 'spki' })
    assert.deepEqual(Buffer.from(present(PublicKey)), own)
  })
}

test('K8: the AWS CLI and openssl walk the documented steps of an import', {
  skip: skip || missing('aws', '--version'),
}, async () => {
  const kms = async (...args: string[]) => {
    const printed = await command('aws', ['kms', ...args, '--output', 'json'])
    return printed.trim() ? JSON.parse(printed) : undefined
  }
  const { KeyMetadata } = await kms('create-key', '--origin', 'EXTERNAL')
  assert.equal(KeyMetadata.KeyState, 'PendingImport')
  const key = ['--key-id', KeyMetadata.KeyId]
  const wrapping = ['--wrapping-algorithm', 'RSAES_OAEP_SHA_256', '--wrapping-key-spec', 'RSA_3072']
  const parameters = await kms('get-parameters-for-import', ...key, ...wrapping)
  writeFileSync(file('wrapping.der'), Buffer.from(parameters.PublicKey, 'base64'))
  writeFileSync(file('token.bin'), Buffer.from(parameters.ImportToken, 'base64'))
  await openssl('rand', '-out', file('plain.bin'), '32')
  await oaep('plain.bin', 'wrapped.bin', 'sha256')
  assert.ok(existsSync(file('wrapped.bin')))
  const material = ['--encrypted-key-material', `fileb://${file('wrapped.bin')}`]
  const answer = await kms(
    ...['import-key-material', ...key, ...material, '--import-token', `fileb://${file('token.bin')}`],
    ...['--expiration-model', 'KEY_MATERIAL_EXPIRES', '--valid-to', keys.inDays(100).toISOString()],
  )
  assert.equal(answer.KeyId, KeyMetadata.Arn)
  const described = (await kms('describe-key', ...key)).KeyMetadata
  assert.deepEqual([described.KeyState, described.ExpirationModel], ['Enabled', 'KEY_MATERIAL_EXPIRES'])
  assert.equal(described.CurrentKeyMaterialId, answer.KeyMaterialId)
  await kms('delete-imported-key-material', ...key)
  assert.equal((await kms('describe-key', ...key)).KeyMetadata.KeyState, 'PendingImport')
})
