import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
const noIpv6 = !addresses.some(({ address }) => address === '::1') && 'this machine has no ::1'

test('a server answers on both addresses of localhost, and stops on both', { skip: noIpv6 }, async () => {
  const server = await startTestServer()
  assert.equal(server.endpoint, `http://127.0.0.1:${server.port}`)
  const clients = ['127.0.0.1', '[::1]', 'localhost'].map((host) =>
    clientsOf({
      ...server,
      credentials: server.credentials,
      region: server.region,
      endpoint: `http://${host}:${server.port}`,
    }),
  )
  for (const { sts } of clients) {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}))
    assert.equal(Account, server.accountId)
  }
  await server.stop()
  for (const { sts } of clients) await assert.rejects(sts.send(new GetCallerIdentityCommand({})))
})

test('the log says once that a client spoke https to a port of http', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-scheme-'))
  const server = await startServerProcess(dataDir, { args: ['--dev', '--log-level', 'warn'] })
  try {
    const logged: string[] = []
    server.child.stderr?.on('data', (chunk) => logged.push(String(chunk)))
    for (let time = 0; time < 2; time++) {
      const client = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
      await once(client, 'error')
    }
    await server.stop()
    const hints = logged.join('').match(/a client spoke https to this port of http: use http:\/\//g)
    assert.equal(hints?.length, 1)
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
