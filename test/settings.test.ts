import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { describedSettings } from '../src/server/config.ts'
import { listedServices, serviceManifests } from '../src/services/index.ts'

test('docs/configuration.md has the settings that the services declare, with their values and descriptions', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split(/^## Settings$/m)
  const [, ...rows] = (section.split(/^## /m)[0] ?? '').split('\n').filter((line) => line.startsWith('| '))
  const documented = rows
    .filter((row) => !row.startsWith('| ---'))
    .map((row) => row.split('|').map((cell) => cell.trim()))
  assert.deepEqual(
    documented.map(([, name, values, description]) => ({ name, values, description })),
    describedSettings().map(({ name, values, description }) => ({
      name: `\`${name}\``,
      values: values.map((value) => `\`${value}\``).join(', '),
      description,
    })),
  )
})

test('each service brings what its listed manifest has, and names its settings after itself', async () => {
  for (const { manifest, load } of listedServices) {
    const { definition, settings, commands, checks } = await load()
    assert.deepEqual([settings, commands, checks], [manifest?.settings, manifest?.commands, manifest?.checks])
    for (const name of Object.keys(settings ?? {})) assert.ok(name.startsWith(`${definition.name}.`), name)
  }
})

test('the manifests that types and commands come from are those of the list', () => {
  assert.deepEqual(
    serviceManifests,
    listedServices.flatMap(({ manifest }) => manifest ?? []),
  )
})
