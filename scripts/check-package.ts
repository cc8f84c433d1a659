// Packs the published package, installs it in an empty folder as a stranger would (what it depends on alone, no install scripts) and
// uses it there: its types, its command, its API and its functions. Clients are the SDK of the repository, from outside.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/**
 * MB of 1024 × 1024 bytes. The engine of queries is optional: `npm install --omit=optional` leaves it out. At rest it depends on the
 * Node.js as well, which is more than half of it.
 */
const mostMegabytes = { installed: 40, engine: 80, atRest: 120 }

const folder = mkdtempSync(join(tmpdir(), 'strongroom-package-'))
// Functions that run as other users read the programs that run them.
chmodSync(folder, 0o755)
const home = join(folder, 'home')
const env = { ...process.env, HOME: home, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
const run = (command: string, args: string[], cwd = folder, more = {}) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...env, ...more } })

try {
  mkdirSync(home)
  install()
  checkSize()
  checkTypes()
  checkCommand()
  checkUse()
  await checkStart()
  console.log('✓ the package installs, its types compile, its command and its API serve, and its functions run')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function install(): void {
  // npm's own cache and settings are the user's.
  const user = { HOME: process.env.HOME }
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], build(), user),
  )
  cpSync(join(root, 'scripts/package-consumer'), folder, { recursive: true })
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', '--omit=dev', '--ignore-scripts', ...quietly, join(folder, packed.filename)], folder, user)
}

/** Apart from packing, whose output is to be read. */
function build(): string {
  run('npm', ['run', 'build', '--silent'], root, { HOME: process.env.HOME })
  return root
}

function checkSize(): void {
  const files = globSync('node_modules/**', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile())
  const isOfEngine = ({ parentPath }: (typeof files)[number]) => /[\\/]node_modules[\\/]@duckdb[\\/]/.test(parentPath)
  const bytesOf = (some: typeof files) =>
    some.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
  within('installed', bytesOf(files.filter((file) => !isOfEngine(file))))
  within('engine', bytesOf(files.filter(isOfEngine)))
}

/** A program in TypeScript, with nothing installed but Strongroom, whose every declaration is checked. */
function checkTypes(): void {
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
}

function checkCommand(): void {
  const command = join(folder, 'node_modules/.bin/strongroom')
  const help = run(command, ['--help'])
  if (!help.includes('strongroom start')) throw new Error(`the command prints no help, but ${help}`)
  const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '22.1.0' } })`
  try {
    execFileSync(command, ['--help'], { env: { ...env, NODE_OPTIONS: `--import="${older}"` }, stdio: 'pipe' })
  } catch (refused) {
    if (String((refused as { stderr?: Buffer }).stderr).includes('Node 24 or newer is needed')) return
    throw refused
  }
  throw new Error('the command starts on a Node that is too old for it')
}

function checkUse(): void {
  const use = (cwd: string) => run(process.execPath, [join(folder, 'use.mjs')], cwd, { REPOSITORY: root }).trim()
  const rootArn = 'arn:aws:iam::000000000000:root'
  expect('a host without an SDK', use(folder), `${rootArn}\n"the SDK is not here"`)
  const project = join(folder, 'project')
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  symlinkSync(join(root, 'node_modules/@aws-sdk'), join(project, 'node_modules/@aws-sdk'))
  expect('a host with an SDK', use(project), `${rootArn}\n"arn:aws:sts::000000000000:assumed-role/f/who"`)
}

/** The time until the server listens, the best of three, and its memory when it has. */
async function checkStart(): Promise<void> {
  let bestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now()
    const args = ['start', '--ephemeral', '--dev', '--port', '0']
    const server = spawn(process.execPath, [join(folder, 'node_modules/strongroom/dist/cli/main.js'), ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise((resolve) => server.on('exit', resolve))
    try {
      const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
      if ((await lines.next()).done) throw new Error('the server ended instead of listening')
      bestMs = Math.min(bestMs, performance.now() - startedMs)
      const memory = memoryOf(server.pid)
      if (round === 0 && memory !== undefined) within('atRest', memory)
    } finally {
      server.kill('SIGTERM')
      await ended
    }
  }
  console.log(`  listens after ${Math.round(bestMs)} ms`)
}

/** In bytes; undefined where the system does not report it. */
function memoryOf(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

function within(what: keyof typeof mostMegabytes, bytes: number): void {
  const megabytes = bytes / 2 ** 20
  console.log(`  ${what}: ${megabytes.toFixed(1)} MB`)
  if (megabytes > mostMegabytes[what])
    throw new Error(`${what}: ${megabytes.toFixed(1)} MB are more than ${mostMegabytes[what]} MB`)
}

function expect(where: string, answered: string, expected: string): void {
  if (answered !== expected) throw new Error(`on ${where} the package answered ${answered}, not ${expected}`)
}
