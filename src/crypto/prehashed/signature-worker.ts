import { parentPort } from 'node:worker_threads'
import type { FromSignatureWorker, ToSignatureWorker } from './signature-threads.ts'
import { signPrehashed, verifyPrehashed } from './signatures.ts'

// A thread that signs and verifies what is hashed already. Runs as a worker's main module.

function answer(message: ToSignatureWorker): FromSignatureWorker {
  const { id, scheme, key, digest, signature } = message
  try {
    const result = signature ? verifyPrehashed(scheme, key, digest, signature) : signPrehashed(scheme, key, digest)
    return { id, result }
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (message: ToSignatureWorker) => parentPort?.postMessage(answer(message)))
