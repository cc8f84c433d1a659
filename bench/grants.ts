// What grants cost Encrypt: for keys without any, with 10 and with 10,000, for a caller whom the key policy allows and for one
// whom a grant allows. In turns, so that the machine's moods hit all. Usage: node bench/grants.ts [seconds] [rounds]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SignedRequest, send, signJson, signQuery } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { measure } from './measure.ts'

const seconds = Number(process.argv[2] ?? 3)
const rounds = Number(process.argv[3] ?? 3)

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
const server = await startServerProcess(dataDir)
try {
  const { port, credentials } = server
  const answered = async (request: SignedRequest) => {
    const { status, body } = await send(port, request)
    if (status !== 200) throw new Error(body)
    return body
  }
  const kms = (operation: string, input: object, caller = credentials) =>
    signJson({ port, service: 'kms', operation, input }, caller)
  const iam = (form: Record<string, string>) =>
    answered(signQuery({ port, service: 'iam', form: { Version: '2010-05-08', ...form } }, credentials))

  const user = await iam({ Action: 'CreateUser', UserName: 'grantee' })
  const access = await iam({ Action: 'CreateAccessKey', UserName: 'grantee' })
  const text = (xml: string, member: string) => new RegExp(`<${member}>([^<]+)</${member}>`).exec(xml)?.[1] ?? ''
  const grantee = { accessKeyId: text(access, 'AccessKeyId'), secretAccessKey: text(access, 'SecretAccessKey') }

  const keyWith = async (grants: number) => {
    const { KeyMetadata } = JSON.parse(await answered(kms('CreateKey', {})))
    const { KeyId } = KeyMetadata
    const grant = (GranteePrincipal: string) =>
      answered(kms('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Encrypt', 'Decrypt'] }))
    for (let made = 1; made < grants; made += 50) {
      const batch = Array.from({ length: Math.min(50, grants - made) }, (_, n) => String(200_000_000_000 + made + n))
      await Promise.all(batch.map(grant))
    }
    if (grants > 0) await grant(text(user, 'Arn'))
    return KeyId
  }
  const Plaintext = Buffer.alloc(32, 7).toString('base64')
  const EncryptionContext = { purpose: 'bench', tenant: '42' }
  const encrypt = (KeyId: string, caller = credentials) =>
    kms('Encrypt', { KeyId, Plaintext, EncryptionContext }, caller)
  const [none, ten, many] = [await keyWith(0), await keyWith(10), await keyWith(10_000)]
  const cases: [string, SignedRequest][] = [
    ['no grants, by policy', encrypt(none)],
    ['10 grants, by policy', encrypt(ten)],
    ['10,000 grants, by policy', encrypt(many)],
    ['10 grants, by grant', encrypt(ten, grantee)],
    ['10,000 grants, by grant', encrypt(many, grantee)],
  ]
  const costs = new Map<string, number[]>(cases.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, request] of cases) {
      const { cpuMicroseconds, statuses } = await measure(port, [request], server.child.pid, seconds)
      if (Object.keys(statuses).join() !== '200') throw new Error(`${name}: ${JSON.stringify(statuses)}`)
      costs.get(name)?.push(cpuMicroseconds)
    }
  }
  console.log(`Encrypt, processor time of the server in microseconds a request; least of ${rounds} rounds, all rounds`)
  for (const [name, all] of costs) console.log(name.padEnd(28), String(Math.min(...all)).padStart(6), all.join(' '))
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
