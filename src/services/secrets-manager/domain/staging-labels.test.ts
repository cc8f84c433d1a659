import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attachLabels, labelsOf, moveLabel, type Stages, versionsOf } from './staging-labels.ts'

test('attachLabels takes AWSPREVIOUS behind AWSCURRENT and leaves custom labels where they are', () => {
  const stages = { AWSCURRENT: 'a', AWSPREVIOUS: 'z', AWSPENDING: 'a', blue: 'a' }
  assert.deepEqual(attachLabels(stages, ['AWSCURRENT'], 'b'), { AWSCURRENT: 'b', AWSPREVIOUS: 'a', blue: 'a' })
  const pendingElsewhere = { AWSCURRENT: 'a', AWSPENDING: 'b' }
  assert.deepEqual(attachLabels(pendingElsewhere, ['AWSCURRENT'], 'b'), {
    AWSCURRENT: 'b',
    AWSPREVIOUS: 'a',
    AWSPENDING: 'b',
  })
  assert.deepEqual(attachLabels(stages, ['AWSCURRENT'], 'a'), stages)
})

test('labelsOf and versionsOf show labels sorted', () => {
  const stages = { blue: 'a', AWSCURRENT: 'a', AWSPREVIOUS: 'b' }
  assert.deepEqual(labelsOf(stages, 'a'), ['AWSCURRENT', 'blue'])
  assert.deepEqual(versionsOf(stages), { a: ['AWSCURRENT', 'blue'], b: ['AWSPREVIOUS'] })
})

test('any moves of labels leave AWSCURRENT on one version, and what it left as AWSPREVIOUS', () => {
  const version = fc.constantFrom('a', 'b', 'c')
  const label = fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS', 'blue')
  const step = fc.record({
    label,
    to: fc.option(version, { nil: undefined }),
    from: fc.option(version, { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let stages: Stages = { AWSCURRENT: 'a' }
      for (const { label, to, from } of steps) {
        const before = stages
        try {
          stages = moveLabel(stages, label, { to, from })
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'InvalidParameterException')
        }
        assert.ok(stages.AWSCURRENT)
        if (stages.AWSCURRENT !== before.AWSCURRENT) assert.equal(stages.AWSPREVIOUS, before.AWSCURRENT)
      }
    }),
  )
})
