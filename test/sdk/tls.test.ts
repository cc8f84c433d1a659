import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { ConfigError } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

test('over TLS requests are secure transport, and their records say how they came', {
  skip: missing('openssl', 'version'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile]
  execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' })
  const server = await startTestServer({ tls: { keyFile, certFile } })
  const httpsAgent = new Agent({ ca: readFileSync(certFile) })
  const { endpoint, region, credentials } = server
  const config = { endpoint, region, credentials, maxAttempts: 1, requestHandler: { httpsAgent } }
  try {
    assert.match(endpoint, /^https:/)
    const kms = new KMSClient(config)
    const insecureIsDenied = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${server.accountId}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:*',
          Resource: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    })
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy: insecureIsDenied }))
    await kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }))
    const { Events = [] } = await new CloudTrailClient(config).send(new LookupEventsCommand({ MaxResults: 1 }))
    const { tlsDetails } = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}')
    assert.equal(tlsDetails.tlsVersion, 'TLSv1.3')
    assert.match(tlsDetails.cipherSuite, /^TLS_/)
    assert.equal(tlsDetails.clientProvidedHostHeader, `127.0.0.1:${server.port}`)
  } finally {
    httpsAgent.destroy()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('TLS files that cannot be served with are refused by name before anything is opened', {
  skip: missing('openssl', 'version'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  const file = (name: string) => join(folder, name)
  const make = (name: string, ...kind: string[]) => {
    const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]
    const request = ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', '2', '-subj', '/CN=localhost', ...files]
    execFileSync('openssl', request, { stdio: 'ignore' })
  }
  try {
    make('rsa', 'rsa:2048')
    make('other', 'rsa:2048')
    make('ec', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')
    make('weak', 'rsa:512')
    writeFileSync(file('garbage'), 'garbage\n')
    for (const form of ['pkcs8', 'traditional']) {
      const encrypt = ['pkey', '-in', file('rsa.key'), '-aes256', '-passout', 'pass:secret', '-out', file(form)]
      execFileSync('openssl', form === 'traditional' ? [...encrypt, '-traditional'] : encrypt)
    }
    const cases: [cert: string, key: string, words: RegExp][] = [
      ['garbage', 'rsa.key', /garbage does not begin with a certificate in PEM form/],
      ['rsa.key', 'rsa.key', /rsa\.key does not begin with a certificate/],
      ['.', 'rsa.key', /The certificate cannot be read from .*it is a folder/],
      ['rsa.pem', 'garbage', /garbage holds no private key in PEM form/],
      ['rsa.pem', 'rsa.pem', /rsa\.pem holds no private key/],
      ['rsa.pem', '.', /The certificate's key cannot be read from .*it is a folder/],
      ['rsa.pem', 'pkcs8', /pkcs8 is encrypted/],
      ['rsa.pem', 'traditional', /traditional is encrypted/],
      ['rsa.pem', 'other.key', /other\.key does not belong to the first certificate in .*rsa\.pem/],
      ['rsa.pem', 'ec.key', /ec\.key does not belong/],
      ['weak.pem', 'weak.key', /TLS cannot be served with .*weak\.pem and .*weak\.key: .*too small/],
    ]
    const dataDir = file('data')
    for (const [cert, key, words] of cases) {
      const tls = { certFile: file(cert), keyFile: file(key) }
      await assert.rejects(startTestServer({ ephemeral: false, dataDir, tls }), (thrown) => {
        assert.ok(thrown instanceof ConfigError)
        assert.match(thrown.message, words)
        return true
      })
    }
    // As a process: it ends, with the exit code of a wrong command line.
    const args = ['--tls-cert', file('garbage'), '--tls-key', file('garbage')]
    await assert.rejects(startServerProcess(dataDir, { args }), /ended with 2: strongroom: .*garbage does not begin/)
    assert.equal(existsSync(dataDir), false)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
