import { test } from 'node:test'
import { missing } from '../fixtures/foreign.ts'
import { servesOthersDespite, servesOthersDespiteOverTls } from './connections.ts'

test('a thousand half-open and slow connections do not stop service to others', () => servesOthersDespite(1_000))

test(
  'a thousand half-open and slow connections do not stop service to others over TLS',
  {
    skip: missing('openssl', 'version'),
  },
  () => servesOthersDespiteOverTls(1_000),
)
