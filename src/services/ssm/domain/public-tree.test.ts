import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findEntry, namesDirectlyUnder, namesUnder, treeOf } from './public-tree.ts'

const root = '/aws/service'
const path = fc.array(fc.constantFrom('a', 'a-b', 'a.b', 'b', 'B', '1'), { minLength: 1, maxLength: 4 })

test('a tree lists its names in the order of their bytes, from any place, and finds each of them', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 30 }), fc.option(path), (paths, after) => {
      const names = [...new Set(paths.map((levels) => levels.join('/')))]
      const tree = treeOf(names.map((name) => [name, () => ({ value: name, version: 1 })]))
      const all = names.map((name) => `${root}/${name}`).sort()
      const place = after === null ? '' : `${root}/${after.join('/')}`
      assert.deepEqual(
        [...namesUnder(tree, 'r', root, place)],
        all.filter((name) => name > place),
      )
      for (const name of all) assert.equal(findEntry(tree, 'r', name)?.value, name.slice(root.length + 1))
      const path = `${root}/a`
      assert.deepEqual(
        [...namesDirectlyUnder(tree, 'r', path)],
        all.filter((name) => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/')),
      )
    }),
  )
})
