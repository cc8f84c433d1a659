import assert from 'node:assert/strict'
import { createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { openBlob, parseBlob, sealBlob } from './ciphertext-blob.ts'
import { encodeEncryptionContext } from './encryption-context.ts'

const materialBytes = Buffer.alloc(32, 7)
const material = createSecretKey(materialBytes)
const origin = {
  accountId: '000000000012',
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  materialId: 'c0'.repeat(32),
}
const context = encodeEncryptionContext({ purpose: 'test' })
const plaintext = Buffer.from('forty-two')

const open = (bytes: Uint8Array, encodedContext = context) => {
  const blob = parseBlob(bytes)
  return blob && openBlob(blob, material, encodedContext)
}

test('parseBlob tells which key and which material made a blob, for both kinds of key id', () => {
  for (const keyId of [origin.keyId, `mrk-${'0f'.repeat(16)}`]) {
    const blob = parseBlob(sealBlob({ ...origin, keyId }, material, plaintext, context))
    const { accountId, materialId } = origin
    assert.deepEqual(
      { accountId: blob?.accountId, keyId: blob?.keyId, materialId: blob?.materialId },
      {
        accountId,
        keyId,
        materialId,
      },
    )
  }
})

test('openBlob gives back any plaintext', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 4096 }), (bytes) => {
      assert.deepEqual(open(sealBlob(origin, material, bytes, context)), Buffer.from(bytes))
    }),
    { numRuns: 50 },
  )
})

test('sealBlob writes the documented format, which anyone who has the material can read', () => {
  const blob = sealBlob(origin, material, plaintext, context)
  assert.equal(blob.length, 104 + plaintext.length)
  assert.equal(blob.toString('hex', 0, 2), '0100')
  assert.equal(blob.readUIntBE(2, 6), 12)
  assert.equal(blob.toString('hex', 8, 24), origin.keyId.replaceAll('-', ''))
  assert.equal(blob.toString('hex', 24, 56), origin.materialId)
  assert.equal(blob.readUInt32BE(84), crc32(blob.subarray(0, 84)))
  const label = Buffer.from('strongroom.kms.ciphertext.1\0')
  const input = Buffer.concat([Buffer.from([0, 0, 0, 1]), label, blob.subarray(56, 72), Buffer.from([0, 0, 1, 0])])
  const key = createHmac('sha256', materialBytes).update(input).digest()
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(72, 84), { authTagLength: 16 })
  decipher.setAAD(Buffer.concat([blob.subarray(0, 88), context])).setAuthTag(blob.subarray(-16))
  assert.deepEqual(Buffer.concat([decipher.update(blob.subarray(88, -16)), decipher.final()]), plaintext)
})

test('sealBlob never makes the same blob twice', () => {
  const blobs = Array.from({ length: 500 }, () => sealBlob(origin, material, plaintext, context).toString('hex'))
  assert.equal(new Set(blobs).size, blobs.length)
})

test('a blob with any one byte changed, wherever it is, is not opened', () => {
  const blob = sealBlob(origin, material, plaintext, context)
  fc.assert(
    fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Buffer.from(blob)
      changed[at] = (changed[at] ?? 0) ^ mask
      assert.equal(open(changed), undefined)
    }),
    { numRuns: 2000 },
  )
})

test('a blob with a changed byte in the header is not even taken for one', () => {
  const blob = sealBlob(origin, material, plaintext, context)
  for (let at = 0; at < 88; at++) {
    const changed = Buffer.from(blob)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(parseBlob(changed), undefined, `byte ${at}`)
  }
})

test('a blob cut short or made longer is not opened', () => {
  const blob = sealBlob(origin, material, plaintext, context)
  for (let length = 0; length < blob.length; length++) assert.equal(open(blob.subarray(0, length)), undefined)
  assert.equal(open(Buffer.concat([blob, Buffer.alloc(1)])), undefined)
})

test('a blob whose header was forged for another key is not opened by the same material', () => {
  const forged = sealBlob(origin, material, plaintext, context)
  forged.write('ff', 8, 'hex')
  forged.writeUInt32BE(crc32(forged.subarray(0, 84)), 84)
  const blob = parseBlob(forged)
  assert.equal(blob?.keyId, 'ff34abcd-12ab-34cd-56ef-1234567890ab')
  assert.equal(open(forged), undefined)
})

test('a blob is opened with its own context alone', () => {
  const contexts = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 3 })
  fc.assert(
    fc.property(contexts, contexts, (made, asked) => {
      const blob = sealBlob(origin, material, plaintext, encodeEncryptionContext(made))
      const same = JSON.stringify(Object.entries(made).sort()) === JSON.stringify(Object.entries(asked).sort())
      assert.equal(open(blob, encodeEncryptionContext(asked)) !== undefined, same)
    }),
  )
})

test('parseBlob refuses an account number that no account has and a kind of key id that there is not', () => {
  const resealed = (change: (blob: Buffer) => void) => {
    const blob = sealBlob(origin, material, plaintext, context)
    change(blob)
    blob.writeUInt32BE(crc32(blob.subarray(0, 84)), 84)
    return parseBlob(blob)
  }
  assert.notEqual(
    resealed(() => {}),
    undefined,
  )
  assert.equal(
    resealed((blob) => blob.writeUIntBE(1_000_000_000_000, 2, 6)),
    undefined,
  )
  assert.equal(
    resealed((blob) => blob.writeUInt8(2, 1)),
    undefined,
  )
})
