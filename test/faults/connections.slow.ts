import { test } from 'node:test'
import { missing } from '../fixtures/foreign.ts'
import { servesOthersDespite, servesOthersDespiteOverTls } from './connections.ts'

test('ten thousand half-open and slow connections do not stop service to others', () => servesOthersDespite(10_000))

test(
  'ten thousand half-open and slow connections do not stop service to others over TLS',
  {
    skip: missing('openssl', 'version'),
  },
  () => servesOthersDespiteOverTls(10_000),
)
