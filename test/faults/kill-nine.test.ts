import { test } from 'node:test'
import { survivesKills } from './kill-nine.ts'

test('every acknowledged change and call survives kill -9 under load', () => survivesKills(2))
