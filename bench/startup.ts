// Time from spawn to ready, and memory at rest and after a number of requests. Usage: node bench/startup.ts [requests]
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { send, signJson, toBytes } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'

const requests = Number(process.argv[2] ?? 1_000_000)
const execute = promisify(execFile)

const residentMiB = ({ child }: ServerProcess): string => {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
  return (Number(match?.[1] ?? 0) / 1024).toFixed(0)
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-startup-'))
try {
  let server = await startServerProcess(dataDir)
  console.log(`first start   ${server.startupMs.toFixed(0)} ms`)
  for (let turn = 0; turn < 5; turn++) {
    await server.stop()
    server = await startServerProcess(dataDir)
    console.log(`later start   ${server.startupMs.toFixed(0)} ms`)
  }
  console.log(`memory at rest ${residentMiB(server)} MiB`)
  const { port, credentials } = server
  const sign = (operation: string, input: object) => signJson({ port, service: 'kms', operation, input }, credentials)
  const { KeyId } = JSON.parse((await send(port, sign('CreateKey', {}))).body).KeyMetadata
  const Plaintext = Buffer.alloc(32).toString('base64')
  let done = 0
  while (done < requests) {
    const request = toBytes(sign('Encrypt', { KeyId, Plaintext }))
    const load = { port, connections: 64, seconds: 20, warmupSeconds: 0, requests: [request] }
    const { stdout } = await execute(process.execPath, [
      fileURLToPath(new URL('load.ts', import.meta.url)),
      JSON.stringify(load),
    ])
    const { requestsPerSecond } = JSON.parse(stdout)
    done += requestsPerSecond * load.seconds
    console.log(`after ${done} requests ${residentMiB(server)} MiB (${requestsPerSecond}/s)`)
  }
  await server.stop()
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
