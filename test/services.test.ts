import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outlineOf } from '../src/server/services.ts'
import { listedServices } from '../src/services/index.ts'
import { serviceFixture } from '../src/testing/service-fixture.ts'

test('the outline of each service, which a server knows before it loads the code, is what the code brings', async () => {
  const modules = await Promise.all(listedServices.map(({ load }) => load()))
  const { services } = await serviceFixture(modules)
  for (const [place, { manifest }] of listedServices.entries()) {
    const [module, service] = [modules[place], services[place]]
    assert.ok(module && service)
    if (!manifest?.outline) continue
    const { migrations, isNeeded: _, ...outline } = manifest.outline
    assert.deepEqual({ work: {}, tasks: {}, ...outline }, outlineOf(service))
    assert.equal(migrations, module.migrations)
  }
})
