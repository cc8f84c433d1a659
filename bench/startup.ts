// Time from spawn to ready, and memory at rest and after a number of requests, a tenth of them denied.
// Usage: node bench/startup.ts [requests] [--ephemeral]
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { ClientCredentials } from '../test/fixtures/clients.ts'
import { send, signJson, signQuery, toBytes } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { ephemeral: { type: 'boolean' } } })
const requests = Number(positionals[0] ?? 1_000_000)
const args = values.ephemeral ? ['--dev', '--ephemeral'] : []
const execute = promisify(execFile)

const residentMiB = ({ child }: ServerProcess): string => {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
  return (Number(match?.[1] ?? 0) / 1024).toFixed(0)
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-startup-'))
try {
  let server = await startServerProcess(dataDir, { args })
  console.log(`first start   ${server.startupMs.toFixed(0)} ms`)
  for (let turn = 0; turn < 5; turn++) {
    await server.stop()
    server = await startServerProcess(dataDir, { args })
    console.log(`later start   ${server.startupMs.toFixed(0)} ms`)
  }
  console.log(`memory at rest ${residentMiB(server)} MiB`)
  const { port, credentials } = server
  const sign = (operation: string, input: object, by = credentials) =>
    signJson({ port, service: 'kms', operation, input }, by)
  const denied = await userWithoutRights(port, credentials)
  const { KeyId } = JSON.parse((await send(port, sign('CreateKey', {}))).body).KeyMetadata
  const Plaintext = Buffer.alloc(32).toString('base64')
  let done = 0
  while (done < requests) {
    const input = { KeyId, Plaintext }
    const signed = [...Array(9).fill(sign('Encrypt', input)), sign('Encrypt', input, denied)]
    const load = { port, connections: 64, seconds: 20, warmupSeconds: 0, requests: signed.map(toBytes) }
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

/** Makes a user to whom every call is denied. */
async function userWithoutRights(port: number, credentials: ClientCredentials): Promise<ClientCredentials> {
  const iam = async (form: Record<string, string>) =>
    (await send(port, signQuery({ port, service: 'iam', form }, credentials))).body
  await iam({ Action: 'CreateUser', UserName: 'denied' })
  const answer = await iam({ Action: 'CreateAccessKey', UserName: 'denied' })
  const member = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? ''
  return { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') }
}
