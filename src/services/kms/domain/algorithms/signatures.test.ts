import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { signMessage, verifyMessage } from './signatures.ts'
import { signableMessage } from './signing-algorithms.ts'

test('verifyMessage refuses an RSA signature that lacks a leading zero of its length', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (const algorithm of ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_256'] as const) {
    for (let number = 0; ; number++) {
      const message = signableMessage(algorithm, 'RAW', Buffer.from(String(number)))
      const signature = await signMessage(privateKey, message)
      if (signature[0] !== 0) continue
      assert.equal(await verifyMessage(publicKey, message, signature), true)
      assert.equal(await verifyMessage(publicKey, message, signature.subarray(1)), false)
      break
    }
  }
})
