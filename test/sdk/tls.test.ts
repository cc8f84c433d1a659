import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'

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
