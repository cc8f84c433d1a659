import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { signRequest } from './sign-request.ts'

const identity = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  service: 'kms-xks-proxy',
}
const date = new Date('2026-03-04T05:06:07.890Z')

const requests = {
  'without a body': { method: 'GET', path: '/_strongroom/metrics', host: '127.0.0.1:4566' },
  'with a body': { method: 'POST', path: '/a/kms/xks/v1/health', host: 'xks.example.com', body: '{"a":"ü€😀"}' },
  'with a path that is not normalised': { method: 'POST', path: '/a b//c/../d%3A/', host: 'xks.example.com', body: '' },
}

for (const [kind, request] of Object.entries(requests)) {
  test(`A request ${kind} is signed as the signer of the AWS SDK signs it`, async () => {
    const { accessKeyId, secretAccessKey, region, service } = identity
    const credentials = { accessKeyId, secretAccessKey }
    const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false })
    const { method, path, host, body } = { body: undefined, ...request }
    const sent = { method, path, body, protocol: 'https:', hostname: host, headers: { host } }
    const { headers } = await signer.sign(sent, { signingDate: date })
    assert.deepEqual({ ...signRequest(request, identity, date), host }, headers)
  })
}
