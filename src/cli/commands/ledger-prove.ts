import { createHash, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { EventProof } from '../../ledger/event-proof.ts'
import { proveEventOf } from '../../maintenance/prove-event.ts'
import { optionsFromEnvironment } from '../../server/config.ts'
import { askTask, dataDirectoryOf, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

interface ProveOptions extends ServerOptions {
  out?: string
  backup?: string
  databaseUrl?: string
}

/** Prints the proof, and on standard error the fingerprint of the key that a checker has to know. */
export async function ledgerProve(eventId: string, options: ProveOptions): Promise<void> {
  const proof = options.endpoint ? await askTask<EventProof>('ledger-proof', { eventId }, options) : await read()
  const text = `${JSON.stringify(proof, null, 2)}\n`
  if (options.out === undefined) process.stdout.write(text)
  else write(options.out, text)
  const others = proof.records.length - 1
  if (others > 0) console.error(`The proof holds ${others} other records: all who get it can read them.`)
  console.error(`Key that signs the ledger, SHA-256: ${fingerprintOf(proof.publicKey)}`)

  async function read(): Promise<EventProof> {
    const environment = optionsFromEnvironment()
    const { backup, dataDir, databaseUrl } = options
    const location = {
      dataDir: dataDirectoryOf(options).path,
      rootKey: environment.rootKey,
      backup,
      databaseUrl: databaseUrl ?? (backup || dataDir ? undefined : environment.databaseUrl),
    }
    const { proof, keyProven } = await proveEventOf(location, eventId)
    if (!keyProven) {
      console.error('Without the root key, the key that signs checkpoints is taken as it stands in the database.')
    }
    return proof
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new UserError(code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written: ${message}.`)
  }
}

const fingerprintOf = (pem: string) =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex')
