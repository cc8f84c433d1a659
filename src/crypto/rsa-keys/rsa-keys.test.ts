import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { generateRsaKeyPair } from './rsa-keys.ts'

test('generateRsaKeyPair makes a key of the asked length with the exponent 65537, and its public half', async () => {
  const { privateKey, publicKey } = await generateRsaKeyPair(2048)
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  assert.deepEqual(key.asymmetricKeyDetails, { modulusLength: 2048, publicExponent: 65537n })
  assert.deepEqual(createPublicKey(key).export({ format: 'der', type: 'spki' }), Buffer.from(publicKey))
})

test('generateRsaKeyPair searches in a thread that gives way to others, and leaves the main thread its priority', {
  skip: process.platform !== 'linux',
}, async () => {
  const before = getPriority()
  await generateRsaKeyPair(2048)
  assert.equal(getPriority(), before)
  // The nineteenth field of a thread's line is its niceness; the name, in parentheses, is the second.
  const nicenesses = readdirSync('/proc/self/task').map((task) =>
    Number(readFileSync(`/proc/self/task/${task}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]),
  )
  assert.ok(nicenesses.includes(19), `no thread gives way: ${nicenesses}`)
})
