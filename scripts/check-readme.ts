// Types the README's tour into a shell, block by block, against a server started as the README says, in a home of its own.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}README.md`, 'utf8')
const blocks = [...readme.matchAll(/<!-- tour -->\n```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => commands)
if (blocks.length < 4) throw new Error('the README has lost its tour')

if (spawnSync('aws', ['--version']).status !== 0) {
  if (process.env.STRONGROOM_TEST_REQUIRE_CLIENTS) throw new Error('the AWS CLI is required here and is not installed')
  console.log('- skipped: the AWS CLI is not installed')
  process.exit(0)
}

const home = mkdtempSync(join(tmpdir(), 'strongroom-tour-'))
const port = await freePort()
const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS_|STRONGROOM_)/.test(name))
const env = { ...Object.fromEntries(inherited), HOME: home }
const server = spawn(
  process.execPath,
  ['scripts/run.mjs', 'src/cli/main.ts', 'start', '--dev', '--port', String(port)],
  {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
try {
  await untilReady()
  // The tour's files land in the home, its npm commands need the repository, so each gets its path.
  const script = [`cd '${home}'`, `npm() { command npm --prefix '${root}' "$@"; }`, ...blocks]
    .join('\n')
    .replaceAll(':4566', `:${port}`)
  const shell = spawn('bash', ['-euo', 'pipefail', '-x', '-c', script], { env, stdio: 'inherit' })
  const status = await new Promise((resolve) => shell.on('exit', resolve))
  if (status !== 0) throw new Error(`the tour stopped with exit code ${status}`)
  console.log(`✓ ${blocks.length} blocks of the README's tour work as printed`)
} finally {
  server.kill('SIGTERM')
  await new Promise((resolve) => (server.exitCode === null ? server.on('exit', resolve) : resolve(undefined)))
  rmSync(home, { recursive: true, force: true })
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/_strongroom/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the server was not ready within ten seconds')
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
