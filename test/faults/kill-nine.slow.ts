import { test } from 'node:test'
import { survivesKills } from './kill-nine.ts'

test('every acknowledged change and call survives thirty times kill -9 at random moments', () => survivesKills(30))
