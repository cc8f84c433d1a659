import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { eventually } from '../../src/testing/eventually.ts'
import { Authority } from '../fixtures/certificates.ts'
import { missing } from '../fixtures/foreign.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { proxyHost, XksProxy } from '../fixtures/xks-proxy.ts'
import { externalStore } from '../fixtures/xks-stores.ts'

const skip = missing('openssl', 'version')

let authority: Authority
let proxy: XksProxy
let folder: string
before(async () => {
  if (skip) return
  folder = mkdtempSync(join(tmpdir(), 'strongroom-key-store-'))
  authority = new Authority()
  proxy = new XksProxy(authority)
  await proxy.start()
})
after(async () => {
  await proxy?.stop()
  authority?.remove()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** Starts a server whose environment says how the proxy is reached. Its clock can move past the end of a lease. */
async function start() {
  const server = await startServerProcess(folder, {
    args: ['--dev'],
    env: {
      NODE_EXTRA_CA_CERTS: authority.caFile,
      STRONGROOM_XKS_ROUTES: `${proxyHost}=${proxy.address}`,
      STRONGROOM_XKS_REPLY_MS: '20000',
    },
  })
  const endpoint = `http://127.0.0.1:${server.port}`
  const kms = new KMSClient({ endpoint, region: 'us-east-1', credentials: server.credentials, maxAttempts: 1 })
  const advance = (advanceSeconds: number) =>
    fetch(`${endpoint}/_strongroom/clock`, { method: 'POST', body: JSON.stringify({ advanceSeconds }) })
  return { server, kms, advance }
}

const stateOf = async (kms: KMSClient, CustomKeyStoreId: string) =>
  (await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }))).CustomKeyStores?.[0]?.ConnectionState

test('a server that is killed while it connects a store connects it when it is back', { skip }, async () => {
  let running: { server: ServerProcess; kms: KMSClient; advance(seconds: number): Promise<Response> } = await start()
  const { CustomKeyStoreId = '' } = await running.kms.send(new CreateCustomKeyStoreCommand(externalStore()))
  proxy.fake = () => ({ delayMs: 15_000 })
  const asked = proxy.log.length
  await running.kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))
  await eventually(() => proxy.log.length > asked)
  assert.equal(await stateOf(running.kms, CustomKeyStoreId), 'CONNECTING')
  await running.server.kill()
  proxy.fake = undefined

  running = await start()
  assert.equal(await stateOf(running.kms, CustomKeyStoreId), 'CONNECTING')
  assert.equal((await running.advance(61)).status, 200)
  assert.equal(await stateOf(running.kms, CustomKeyStoreId), 'CONNECTED')
  proxy.addKey('survivor')
  const place = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'survivor' } as const
  const { KeyMetadata } = await running.kms.send(new CreateKeyCommand(place))
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await running.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('kept') }))
  await running.server.kill()

  running = await start()
  const described = await running.kms.send(new DescribeKeyCommand({ KeyId }))
  assert.equal(described.KeyMetadata?.KeyState, 'Enabled')
  const { Plaintext } = await running.kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'kept')
  assert.equal(await running.server.stop(), 0)
})
