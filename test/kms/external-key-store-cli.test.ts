import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aws, missing } from '../fixtures/foreign.ts'
import { externalStore, startWithProxy } from '../fixtures/xks-stores.ts'

test('the AWS CLI makes and connects an external key store, and a key in it', {
  skip: missing('aws', '--version') || missing('openssl', 'version'),
}, async () => {
  const { server, proxy, stop } = await startWithProxy()
  try {
    const json = JSON.stringify(externalStore())
    const { CustomKeyStoreId: id } = await aws(server, ['kms', 'create-custom-key-store', '--cli-input-json', json])
    const connected = await aws(server, ['kms', 'connect-custom-key-store', '--custom-key-store-id', id])
    assert.equal(connected, undefined)
    await server.advance(0)
    const { CustomKeyStores } = await aws(server, ['kms', 'describe-custom-key-stores'])
    assert.equal(CustomKeyStores[0].ConnectionState, 'CONNECTED')
    proxy.addKey('external')
    const place = ['--custom-key-store-id', id, '--xks-key-id', 'external']
    const { KeyMetadata } = await aws(server, ['kms', 'create-key', '--origin', 'EXTERNAL_KEY_STORE', ...place])
    assert.deepEqual(KeyMetadata.XksKeyConfiguration, { Id: 'external' })
  } finally {
    await stop()
  }
})
