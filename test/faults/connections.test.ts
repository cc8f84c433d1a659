import { test } from 'node:test'
import { servesOthersDespite } from './connections.ts'

test('a thousand half-open and slow connections do not stop service to others', () => servesOthersDespite(1_000))
