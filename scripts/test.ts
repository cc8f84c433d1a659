// The whole of `npm test`: types, lint, dead exports, then every test. Stops at the first part that fails.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => `${root}node_modules/.bin/${name}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'checks-only': { type: 'boolean' }, 'tests-only': { type: 'boolean' } },
})

const checks: readonly [name: string, command: string, args: readonly string[]][] = [
  ['types', bin('tsc'), ['-p', root]],
  ['lint', bin('biome'), ['check', '--error-on-warnings', root]],
  ['dead exports', bin('knip'), ['--directory', root]],
]

// Node leaves one processor free, which on a machine with two is half of it; tests wait more than they compute.
const sideBySide = `--test-concurrency=${Math.max(2, availableParallelism())}`
const reporter = (name: string) => [`--test-reporter=${name}`, '--test-reporter-destination=stdout']
const reporters = [...reporter('spec'), ...reporter(`${root}scripts/slowest-files.ts`)]
const testing = (files: readonly string[], ...options: string[]) => [
  ...['--test', '--test-timeout=240000', ...options],
  ...reporters,
  ...files,
]

/**
 * Tests that keep to what they make themselves run in one process, one after the other: loading the same sources for each file
 * again takes three times as long as the tests. What measures time, starts threads or servers, or changes the process has one of
 * its own.
 */
const together = [
  ...['src/services/**', 'src/kit/**', 'src/policy/**', 'src/core/**', 'src/gateway/validation/**'],
  'src/gateway/audit/**',
].map((folder) => `${folder}/*.test.ts`)
const apart = () =>
  globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], {
    cwd: root,
    exclude: [...together, '**/node_modules/**'],
  }).sort()

// Most test files are processes of their own and load the same sources: what Node made of them is kept for the next.
const compileCache = `${root}node_modules/.cache/compile`

const path = `${root}node_modules/node/bin:${process.env.PATH}`
const env = { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path }

interface Ended {
  status: number | null
  error?: Error
  seconds: string
  /** Where it was piped. */
  output: string
}

async function run(command: string, args: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): Promise<Ended> {
  const startedMs = performance.now()
  const child = spawn(command, args, { cwd: root, stdio: ['inherit', stdout, 'inherit'], env })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const end = await new Promise<Pick<Ended, 'status' | 'error'>>((resolve) => {
    child.on('error', (error) => resolve({ status: null, error }))
    child.on('close', (status) => resolve({ status }))
  })
  return { ...end, output, seconds: ((performance.now() - startedMs) / 1000).toFixed(1) }
}

/** Prints how a part ended, and ends here where it failed. */
function finish(name: string, { status, error, seconds }: Ended): void {
  if (error || status !== 0) {
    console.error(`✗ ${name} failed after ${seconds} s${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
  console.log(`✓ ${name} (${seconds} s)`)
}

if (!values['tests-only']) for (const [name, command, args] of checks) finish(name, await run(command, args))
if (!values['checks-only']) {
  if (positionals.length > 0) {
    finish('tests', await run(process.execPath, testing(positionals, sideBySide)))
  } else {
    const inOne = run(process.execPath, testing(together, '--test-isolation=none'), 'pipe')
    const apartEnded = await run(process.execPath, testing(apart(), sideBySide))
    const inOneEnded = await inOne
    process.stdout.write(inOneEnded.output)
    finish('tests in processes of their own', apartEnded)
    finish('tests in one process', inOneEnded)
  }
}
