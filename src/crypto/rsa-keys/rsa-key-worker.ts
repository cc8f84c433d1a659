import { generateKeyPairSync } from 'node:crypto'
import { constants, getPriority, setPriority } from 'node:os'
import { answerQuestions } from '../../core/answer-questions.ts'
import type { RsaKeyPair } from './rsa-keys.ts'

// A thread that searches for the primes of RSA keys. Runs as a worker's main module.

// It takes what others leave of the processors. Linux means the calling thread, other systems the whole process.
if (process.platform === 'linux' && getPriority() < constants.priority.PRIORITY_LOW) {
  setPriority(constants.priority.PRIORITY_LOW)
}

const encodings = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

answerQuestions((modulusLength: number): RsaKeyPair => {
  const pair = generateKeyPairSync('rsa', { modulusLength, publicExponent: 0x10001, ...encodings })
  // In memory of their own, and nothing else's with them.
  const answer = { publicKey: Uint8Array.from(pair.publicKey), privateKey: Uint8Array.from(pair.privateKey) }
  pair.privateKey.fill(0)
  return answer
})
