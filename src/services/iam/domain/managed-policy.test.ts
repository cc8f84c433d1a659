import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ManagedPolicy } from './entities.ts'
import { addVersion, defaultDocument, findVersion, removeVersion, setDefaultVersion } from './managed-policy.ts'

const fresh: ManagedPolicy = {
  name: 'P',
  path: '/',
  id: 'ANPARTX3GSDSQAAAAAAAA',
  arn: 'arn:aws:iam::111122223333:policy/P',
  createdAtMs: 0,
  updatedAtMs: 0,
  tags: [],
  versions: [{ versionId: 'v1', document: '1', createdAtMs: 0 }],
  defaultVersionId: 'v1',
  lastVersion: 1,
}

test('addVersion puts the newest first and leaves the default unless it is asked to set it', () => {
  const { policy, version } = addVersion(fresh, '2', false, 5)
  assert.equal(version.versionId, 'v2')
  assert.deepEqual(
    policy.versions.map(({ versionId }) => versionId),
    ['v2', 'v1'],
  )
  assert.equal(defaultDocument(policy), '1')
  assert.equal(defaultDocument(addVersion(policy, '3', true, 6).policy), '3')
  assert.equal(policy.updatedAtMs, 5)
})

test('removeVersion refuses the default version and versions that are not there', () => {
  assert.throws(() => removeVersion(fresh, 'v1', 1), {
    code: 'DeleteConflict',
    message: 'Cannot delete the default version of a policy.',
  })
  assert.throws(() => removeVersion(fresh, 'v9', 1), {
    code: 'NoSuchEntity',
    message: `Policy ${fresh.arn} version v9 does not exist or is not attachable.`,
  })
  assert.throws(() => setDefaultVersion(fresh, 'v9', 1), { code: 'NoSuchEntity' })
  assert.throws(() => findVersion(fresh, 'v9'), { code: 'NoSuchEntity' })
})

test('A policy never has more than five versions, always has its default, and gives no number twice', () => {
  const steps = fc.array(
    fc.record({ step: fc.constantFrom('add', 'add default', 'remove', 'set default'), pick: fc.nat(9) }),
  )
  fc.assert(
    fc.property(steps, (all) => {
      let policy = fresh
      const given = new Set(['v1'])
      for (const { step, pick } of all) {
        const target = policy.versions[pick % policy.versions.length]?.versionId ?? ''
        try {
          if (step === 'remove') policy = removeVersion(policy, target, 1)
          else if (step === 'set default') policy = setDefaultVersion(policy, target, 1)
          else {
            const added = addVersion(policy, 'd', step === 'add default', 1)
            assert.ok(!given.has(added.version.versionId))
            given.add(added.version.versionId)
            policy = added.policy
          }
        } catch (error) {
          if (!(error instanceof Error) || !('code' in error)) throw error
          assert.ok(step === 'remove' ? target === policy.defaultVersionId : policy.versions.length === 5)
        }
        assert.ok(policy.versions.length <= 5)
        assert.ok(policy.versions.some(({ versionId }) => versionId === policy.defaultVersionId))
      }
    }),
  )
})
