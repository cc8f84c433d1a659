import { test } from 'node:test'
import { places, rotationSurvivesKills } from './kill-rotation.ts'

test('SM1: a server killed before or after any step of a rotation finishes it when it is back', () =>
  rotationSurvivesKills(places))
