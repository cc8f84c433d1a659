import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAuthorization } from './authorization-header.ts'
import { AuthorizationReader, signerOf } from './signer.ts'

const signature = (digit: string) => digit.repeat(64)
const header = (keyId: string, digit: string) =>
  `AWS4-HMAC-SHA256 Credential=${keyId}/20260301/us-east-1/kms/aws4_request, SignedHeaders=x;Host, Signature=${signature(digit)}`

/** What a header says when nothing is remembered. */
function plainly(text: string) {
  const { signature, ...parts } = parseAuthorization(text)
  return { signer: signerOf(parts), signature }
}

test('a signer is read once, and every request has the signature that it came with', () => {
  const reader = new AuthorizationReader()
  const first = reader.read(header('AKID', '0'))
  assert.deepEqual(first, plainly(header('AKID', '0')))
  assert.deepEqual(first.signer.names, ['host', 'x'])
  assert.equal(first.signer.scope?.accessKeyId, 'AKID')
  const second = reader.read(header('AKID', '1'))
  assert.equal(second.signer, first.signer)
  assert.equal(second.signature, signature('1'))
  assert.notEqual(reader.read(header('AKID2', '1')).signer, first.signer)
})

test('what comes after a remembered text is taken for a signature only when it is nothing else', () => {
  const reader = new AuthorizationReader()
  const known = header('AKID', '0')
  reader.read(known)
  const before = known.slice(0, -64)
  for (const after of [
    '',
    '0f',
    signature('F'),
    signature('g'),
    `${signature('0')}0`,
    `${signature('0')},`,
    `${'0'.repeat(40)}, Credential=B/1/2/3/4`,
    `${'0'.repeat(46)}, Credential=B//a`,
    `${'0'.repeat(49)}, SignedHeaders`,
  ]) {
    assert.deepEqual(reader.read(before + after), plainly(before + after), after)
  }
  const twice = known.replace(' SignedHeaders', ' Signature=1, SignedHeaders')
  for (let time = 0; time < 2; time++) assert.deepEqual(reader.read(twice), plainly(twice))
})

test('remembering changes nothing that a header says', () => {
  const reader = new AuthorizationReader(4)
  const part = fc.constantFrom(
    ...['A', ' ', ',', ', ', '\t', 'Credential=', 'SignedHeaders=', 'Signature=', ' Signature=', ',Signature='],
    ...['K/1/r/kms/t', 'a;b', '=', signature('0'), signature('1'), signature('A')],
  )
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.constantFrom('0', '1', 'x'), (text, digit) => {
      for (const read of [text, `${text} Signature=${signature(digit)}`, `${text}${signature(digit)}`]) {
        assert.deepEqual(reader.read(read), plainly(read))
        assert.deepEqual(reader.read(read), plainly(read))
      }
    }),
  )
})

test('no more signers are remembered than the limit, and none that is very long', () => {
  const reader = new AuthorizationReader(3)
  for (let index = 0; index < 10; index++) {
    reader.read(header(`AKID${index}`, '0'))
    assert.ok(reader.remembered <= 3)
  }
  const { remembered } = reader
  reader.read(header('A'.repeat(2000), '0'))
  assert.equal(reader.remembered, remembered)
})
