import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attachLabels, detachLabels, versionOfLabel } from './labels.ts'
import { labelsOf } from './parameter.ts'
import { someParameter } from './testing.ts'

test('a label is on one version at most, whatever is attached and taken', () => {
  const label = fc.constantFrom('a', 'b', 'c', 'D', '__proto__', 'toString', '1x', 'awsx', 'SSM', 'x y')
  const step = fc.record({
    version: fc.integer({ min: 1, max: 3 }),
    labels: fc.array(label, { maxLength: 4 }),
    attaches: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let parameter = someParameter({ version: 3 })
      const model = new Map<string, number>()
      for (const { version, labels, attaches } of steps) {
        if (attaches) {
          const { labels: all, invalid } = attachLabels(parameter, version, labels)
          parameter = { ...parameter, labels: all }
          assert.ok(invalid.every((text) => ['1x', 'awsx', 'SSM', 'x y'].includes(text)))
          for (const text of labels) if (!invalid.includes(text)) model.set(text, version)
        } else {
          const { labels: all, removed } = detachLabels(parameter, version, labels)
          parameter = { ...parameter, labels: all }
          for (const text of removed) model.delete(text)
        }
      }
      for (const text of ['a', 'b', 'c', 'D', '__proto__', 'toString']) {
        assert.equal(versionOfLabel(parameter, text), model.get(text), text)
      }
      const shown = [1, 2, 3].flatMap((version) => labelsOf(parameter, version))
      assert.deepEqual(shown.sort(), [...model.keys()].sort())
    }),
  )
})

test('labels that move away no longer count, and ten are the most', () => {
  const ten = Array.from({ length: 10 }, (_, index) => `l${index}`)
  const { labels } = attachLabels(someParameter(), 1, ten)
  assert.throws(() => attachLabels(someParameter({ labels }), 1, ['more']), {
    code: 'ParameterVersionLabelLimitExceeded',
  })
  const moved = attachLabels(someParameter({ labels, version: 2 }), 2, ['l0']).labels
  assert.equal(Object.keys(attachLabels(someParameter({ labels: moved, version: 2 }), 1, ['more']).labels).length, 11)
})
