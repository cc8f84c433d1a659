import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { protocols } from '../src/gateway/protocols/index.ts'

const source = fileURLToPath(new URL('../src/', import.meta.url))

// What is for tests alone is left out: fixtures of one folder may be shared with the tests of others.
const isForTests = (file: string) =>
  file.endsWith('.test.ts') || file.endsWith('/testing.ts') || file.startsWith('testing/')

const files = globSync('**/*.ts', { cwd: source }).filter((file) => !isForTests(file))

/** Relative imports of a file, types included: a type import is a dependency of the reader's too. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) => path)
  return specifiers.map((path) => normalize(join(dirname(file), path)))
}

/** The folders in the order in which they may import one another; those on one line import none of the others. */
const layers = [
  ['cli'],
  ['maintenance'],
  ['server'],
  ['gateway'],
  ['services'],
  ['kit'],
  ['policy', 'ledger', 'crypto', 'storage', 'scheduler', 'events'],
  ['core'],
]

// These two alone know the services; the rest of the program knows modules.
const compositionOfServices = ['services/index.ts', 'services/identity-plane.ts']

const folderOf = (file: string) => {
  const [folder = '', inner = ''] = file.split('/')
  return folder === 'services' ? `services/${inner}` : folder
}
const layerOf = (file: string) => {
  const [folder = ''] = file.split('/')
  return layers.findIndex((layer) => layer.includes(folder))
}

test('every source file is in a folder that has its place in the layers', () => {
  assert.deepEqual(
    files.filter((file) => layerOf(file) < 0),
    [],
  )
})

test('imports point one way: cli → maintenance → server → gateway → services → kit → mechanisms → core', () => {
  const wrong: string[] = []
  for (const file of files) {
    for (const imported of importsOf(file)) {
      if (folderOf(file) === folderOf(imported)) continue
      const sameLayer = layerOf(imported) === layerOf(file)
      const composes = sameLayer && compositionOfServices.includes(file)
      if (layerOf(imported) < layerOf(file) || (sameLayer && !composes)) wrong.push(`${file} → ${imported}`)
      else if (isForTests(imported)) wrong.push(`${file} → ${imported}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('the kit that services share imports the policy engine and core alone', () => {
  const wrong = files
    .filter((file) => folderOf(file) === 'kit')
    .flatMap((file) => importsOf(file).map((imported) => [file, imported] as const))
    .filter(([, imported]) => !['kit', 'policy', 'core'].includes(folderOf(imported)))
  assert.deepEqual(wrong, [])
})

test('no service is named outside its folder but in the list of modules and the identity plane', () => {
  const wrong = files
    .filter((file) => !file.startsWith('services/'))
    .flatMap((file) => importsOf(file).map((imported) => [file, imported] as const))
    .filter(([, imported]) => imported.startsWith('services/') && !compositionOfServices.includes(imported))
    .map(([file, imported]) => `${file} → ${imported}`)
  assert.deepEqual(wrong, [])
})

// A new protocol is a file or folder of its own, one line in the list of protocols, and a binding in each service that speaks it.
test('no protocol is named outside gateway/protocols and the definitions of services', () => {
  const names = new RegExp(`\\b(${protocols.map(({ name }) => name).join('|')})\\b`)
  const allowed = (file: string) => file.startsWith('gateway/protocols/') || /^services\/.+\/outline\.ts$/.test(file)
  const wrong = files.filter((file) => !allowed(file) && names.test(readFileSync(join(source, file), 'utf8')))
  assert.deepEqual(wrong, [])
})

test('inside a service, the domain imports neither storage nor operations', () => {
  const wrong = files
    .filter((file) => /^services\/[^/]+\/domain\//.test(file))
    .flatMap((file) => importsOf(file).map((imported) => [file, imported] as const))
    .filter(([, imported]) => /^services\/[^/]+\/(storage|operations)\//.test(imported))
  assert.deepEqual(wrong, [])
})

// Stored data has these names; two services' documents under one name would be one collection's.
test('the name of a collection begins with the folder or the service that it belongs to, and is there once', () => {
  const owners: Readonly<Record<string, string>> = { 'core/aws-event.ts': 'events' }
  // Services whose folder is not called what they are.
  const services: Readonly<Record<string, string>> = { 'cloudwatch-logs': 'logs' }
  const names = files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8')
    const found = [...text.matchAll(/: CollectionSpec<[^=]*=\s*\{\s*name: '([^']+)'/g)].map(([, name = '']) => name)
    assert.equal(found.length, [...text.matchAll(/^(?:export )?const \w+: CollectionSpec</gm)].length, file)
    const [folder = '', inner = ''] = file.split('/')
    const owner = owners[file] ?? (folder === 'services' ? (services[inner] ?? inner.replaceAll('-', '')) : folder)
    for (const name of found) assert.ok(name.startsWith(`${owner}.`), `${file}: ${name}`)
    return found
  })
  assert.ok(names.length > 0)
  assert.deepEqual([...new Set(names)], names)
})

test('no import leads back to where it came from', () => {
  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const imported of importsOf(file)) {
      const cycle = walk(imported, [...trail, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) assert.equal(walk(file, []), undefined)
})

test('time comes from the clock: only signatures and the clock itself ask the machine', () => {
  const allowed = new Set([
    'core/clock.ts',
    'crypto/sigv4/sign-request.ts',
    'gateway/gateway.ts',
    'gateway/admin.ts',
    // Functions run in processes that read the machine's clock.
    'services/lambda/execution/machine-time.ts',
  ])
  const wrong = files.filter(
    (file) => !allowed.has(file) && /\bDate\.now\(\)|\bnew Date\(\)/.test(readFileSync(join(source, file), 'utf8')),
  )
  assert.deepEqual(wrong, [])
})

// So that every service takes the same policies and binds their principals. IAM also evaluates policies: it simulates.
test('services read, check, keep and show policies through the kit; of what runs in the policy engine, only IAM imports more', () => {
  const statement = /^(?:import|export) (type )?[^'=(;]*from '[./]*\/policy\/([^']+)'/gm
  const wrong = files
    .filter((file) => file.startsWith('services/'))
    .flatMap((file) =>
      [...readFileSync(join(source, file), 'utf8').matchAll(statement)]
        .filter(
          ([, isType, imported = '']) =>
            /^(validate|policy-error)\.ts$/.test(imported) || !(isType || file.startsWith('services/iam/')),
        )
        .map(([, , imported]) => `${file} → policy/${imported}`),
    )
  assert.deepEqual(wrong, [])
})

// They may be given as a function: spread or passed on as they are, they would be no keys at all, and a Deny would not meet its own.
test('the condition keys of a permission are read by conditionKeysOf alone', () => {
  const reading = /\b\w*(?:permission|asked)\.context\b/i
  assert.deepEqual(
    files.filter((file) => reading.test(readFileSync(join(source, file), 'utf8'))),
    [],
  )
})

// Types are erased; what is loaded when it is first asked for says itself what is missing.
test('what runs imports only packages that the published package depends on', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(source, '../package.json'), 'utf8'))
  // What runs in query processes is loaded there, and says that it is missing.
  const mayBeMissing = (file: string, name: string) =>
    file.startsWith('kit/sql-queries/process/') && name in optionalDependencies
  const statement = /^(?:import|export) (?!type )(?:[^'=(;]* from )?'([^.'][^']*)'/gm
  const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const wrong = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(statement)]
      .map(([, specifier = '']) => specifier)
      .filter(
        (specifier) =>
          !specifier.startsWith('node:') &&
          !(packageOf(specifier) in dependencies) &&
          !mayBeMissing(file, packageOf(specifier)),
      )
      .map((specifier) => `${file} → ${specifier}`),
  )
  assert.deepEqual(wrong, [])
})

test('the lengths of seconds, minutes, hours and days are written in core/durations.ts alone', () => {
  const spelled =
    /\bconst (?:second|minute|hour|day)(?:Ms|Seconds)\b|\b86_?400\b|\b86_400_000\b|\b3_?600\b|\b3_600_000\b|\b60 \* 60\b/
  assert.deepEqual(
    files.filter((file) => spelled.test(readFileSync(join(source, file), 'utf8'))),
    ['core/durations.ts'],
  )
})

// A file is read in one sitting, and a folder shows what it is for.
test('no source file has more than 400 lines, and no folder more than 40 source files', () => {
  const lengths = files.map((file) => ({ file, lines: readFileSync(join(source, file), 'utf8').split('\n').length }))
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > 400),
    [],
  )
  const folders = Map.groupBy(files, (file) => dirname(file))
  assert.deepEqual(
    [...folders].filter(([, inside]) => inside.length > 40).map(([folder, inside]) => `${folder}: ${inside.length}`),
    [],
  )
})

test('operations that answer in pages make and open their tokens by the kit', () => {
  // Lists that are empty for everyone: whatever token comes is refused.
  const refusesTokens = ['services/cloudtrail/operations/permissions.ts']
  // Tokens of another service are handed on.
  const handsOn = ['services/athena/operations/catalogs.ts']
  const namesToken = /\b(?:NextToken|NextMarker|nextToken|Marker)\b(?=\s*[,:}])/
  const reaches = (file: string, seen = new Set<string>()): boolean =>
    importsOf(file).some((imported) => {
      if (imported === 'kit/page-token.ts') return true
      if (seen.has(imported) || folderOf(imported) !== folderOf(file)) return false
      seen.add(imported)
      return reaches(imported, seen)
    })
  const wrong = files
    .filter((file) => /^services\/[^/]+\/operations\//.test(file))
    .filter((file) => !handsOn.includes(file))
    .filter((file) => namesToken.test(readFileSync(join(source, file), 'utf8')) && !reaches(file))
  assert.deepEqual(wrong, refusesTokens)
})
