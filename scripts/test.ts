// The whole of `npm test`: types, lint, dead exports, then every test. Stops at the first part that fails.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => `${root}node_modules/.bin/${name}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'checks-only': { type: 'boolean' }, 'tests-only': { type: 'boolean' } },
})

const checks: [name: string, command: string, args: string[]][] = [
  ['types', bin('tsc'), ['-p', root]],
  ['lint', bin('biome'), ['check', '--error-on-warnings', root]],
  ['dead exports', bin('knip'), ['--directory', root]],
]

// Node leaves one processor free, which on a machine with two is half of it; tests wait more than they compute.
const sideBySide = `--test-concurrency=${Math.max(2, availableParallelism())}`
const files = positionals.length > 0 ? positionals : ['src/**/*.test.ts', 'test/**/*.test.ts']
const reporter = (name: string) => [`--test-reporter=${name}`, '--test-reporter-destination=stdout']
const reporters = [...reporter('spec'), ...reporter(`${root}scripts/slowest-files.ts`)]
const tests: typeof checks = [
  ['tests', process.execPath, ['--test', sideBySide, '--test-timeout=240000', ...reporters, ...files]],
]

// Every test file is a process of its own and loads the same sources: what Node made of them is kept for the next.
const compileCache = `${root}node_modules/.cache/compile`

const path = `${root}node_modules/node/bin:${process.env.PATH}`
for (const [name, command, args] of [
  ...(values['tests-only'] ? [] : checks),
  ...(values['checks-only'] ? [] : tests),
]) {
  const startedMs = performance.now()
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path },
  })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (error || status !== 0) {
    console.error(`✗ ${name} failed after ${seconds} s${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
  console.log(`✓ ${name} (${seconds} s)`)
}
