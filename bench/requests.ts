// Signed requests per second, verified, authorised and durably recorded, against bare node:http answering the same bytes.
// One client process, one server process, in turns, so that the machine's moods hit both. Usage: node bench/requests.ts [seconds]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SignedRequest, send, signJson, signQuery } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure } from './measure.ts'
import { assertAnswered, measureBare, untilAnswers, withMoto } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
const server = await startServerProcess(dataDir)
try {
  const { port, credentials } = server
  const kms = (operation: string, input: object) => signJson({ port, service: 'kms', operation, input }, credentials)
  const created = JSON.parse((await send(port, kms('CreateKey', {}))).body)
  const KeyId = created.KeyMetadata.KeyId
  const EncryptionContext = { purpose: 'bench', tenant: '42' }
  const Plaintext = Buffer.alloc(32, 7).toString('base64')
  const encrypted = JSON.parse((await send(port, kms('Encrypt', { KeyId, Plaintext, EncryptionContext }))).body)
  const { CiphertextBlob } = encrypted
  const cases: [string, SignedRequest][] = [
    ['GetCallerIdentity', signQuery({ port, service: 'sts', form: { Action: 'GetCallerIdentity' } }, credentials)],
    ['Encrypt', kms('Encrypt', { KeyId, Plaintext, EncryptionContext })],
    ['Decrypt', kms('Decrypt', { CiphertextBlob, EncryptionContext })],
    ['GenerateDataKey', kms('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })],
  ]
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  console.log(
    'operation           strongroom/s   bare/s   ratio   p50 ms   p99 ms   bare p50  bare p99    cpu µs   serving  bare cpu',
  )
  for (const [name, request] of cases) {
    const bare = await measureBare(port, request, seconds)
    const ours = await measure(port, [request], server.child.pid, seconds)
    assertAnswered(name, ours)
    const ratio = (ours.requestsPerSecond / bare.requestsPerSecond).toFixed(2)
    const cells = [
      ours.requestsPerSecond,
      bare.requestsPerSecond,
      ratio,
      ours.p50Ms,
      ours.p99Ms,
      bare.p50Ms,
      bare.p99Ms,
      ours.cpuMicroseconds,
      ours.servingMicroseconds,
      bare.cpuMicroseconds,
    ]
    console.log(name.padEnd(20) + cells.map((cell) => String(cell).padStart(10)).join(''))
  }
  await compareMoto(Plaintext)
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

/** The same Encrypt against moto_server. */
function compareMoto(Plaintext: string): Promise<void> {
  return withMoto(async ({ port, pid, credentials }) => {
    const sign = (operation: string, input: object) => signJson({ port, service: 'kms', operation, input }, credentials)
    const created = await untilAnswers(() => send(port, sign('CreateKey', {})))
    const { KeyId } = JSON.parse(created.body).KeyMetadata
    const { requestsPerSecond, p50Ms, p99Ms } = await measure(
      port,
      [sign('Encrypt', { KeyId, Plaintext })],
      pid,
      seconds,
    )
    console.log(`moto_server Encrypt: ${requestsPerSecond}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms`)
  })
}
