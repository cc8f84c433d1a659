import { answerQuestions } from '../../core/answer-questions.ts'
import type { SignatureQuestion } from './signature-threads.ts'
import { signPrehashed, verifyPrehashed } from './signatures.ts'

// A thread that signs and verifies what is hashed already. Runs as a worker's main module.
answerQuestions(({ scheme, key, digest, signature }: SignatureQuestion) =>
  signature ? verifyPrehashed(scheme, key, digest, signature) : signPrehashed(scheme, key, digest),
)
