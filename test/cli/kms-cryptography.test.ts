import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, missing } from '../fixtures/foreign.ts'

let server: Strongroom
let folder: string
before(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-cli-'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A file of bytes, as the CLI takes it. */
function fileb(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return `fileb://${path}`
}

const kms = (...args: string[]) => aws(server, ['kms', ...args])

async function newKey(spec: string, usage: string): Promise<string[]> {
  const { KeyMetadata } = await kms('create-key', '--key-spec', spec, '--key-usage', usage)
  return ['--key-id', KeyMetadata.KeyId]
}

test('K3: the AWS CLI signs and verifies, makes MACs and data key pairs', {
  skip: missing('aws', '--version'),
}, async () => {
  const message = ['--message', fileb('message', 'attack at dawn')]
  const signer = await newKey('ECC_NIST_P256', 'SIGN_VERIFY')
  const how = ['--signing-algorithm', 'ECDSA_SHA_256']
  const signed = await kms('sign', ...signer, ...message, ...how)
  const signature = Buffer.from(signed.Signature, 'base64')
  const verified = await kms('verify', ...signer, ...message, ...how, '--signature', fileb('good', signature))
  assert.equal(verified.SignatureValid, true)
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
  const bad = ['--signature', fileb('bad', signature)]
  await assert.rejects(kms('verify', ...signer, ...message, ...how, ...bad), /\(KMSInvalidSignatureException\)/)

  const mac = await newKey('HMAC_256', 'GENERATE_VERIFY_MAC')
  const made = await kms('generate-mac', ...mac, ...message, '--mac-algorithm', 'HMAC_SHA_256')
  assert.equal(Buffer.from(made.Mac, 'base64').length, 32)

  const symmetric = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
  const pair = await kms('generate-data-key-pair', ...symmetric, '--key-pair-spec', 'RSA_2048')
  const blob = fileb('blob', Buffer.from(pair.PrivateKeyCiphertextBlob, 'base64'))
  const { Plaintext } = await kms('decrypt', '--ciphertext-blob', blob)
  assert.equal(Plaintext, pair.PrivateKeyPlaintext)
})
