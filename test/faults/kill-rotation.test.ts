import { test } from 'node:test'
import { rotationSurvivesKills } from './kill-rotation.ts'

test('SM1: a server killed between the steps of a rotation, and in the last one, finishes it when it is back', () =>
  rotationSurvivesKills(['setSecret/after', 'finishSecret/after']))
