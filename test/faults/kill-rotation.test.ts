import { test } from 'node:test'
import { rotationSurvivesKills } from './kill-rotation.ts'

test('SM1: a server killed in the last step of a rotation finishes it when it is back', () =>
  rotationSurvivesKills(['finishSecret/after']))
