// The properties that run a few times in `npm test`, four times as often.

process.env.TEST_RUNS = '4'

await import('../src/gateway/protocols/every-operation.test.ts')
await import('../src/gateway/sigv4/tampering.test.ts')
await import('../src/services/kms/grants.test.ts')
await import('./kms/key-life.test.ts')
await import('./policy/properties.test.ts')
