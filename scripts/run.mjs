// Runs a program of the repository on the Node that the repository brings, after installing what is missing.
// Plain JavaScript, because it starts on whatever Node (20 or newer) the machine has.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = `${root}node_modules/`
const installed = `${modules}.package-lock.json`
const lock = `${root}package-lock.json`
const isWindows = process.platform === 'win32'
const node = `${modules}node/bin/${isWindows ? 'node.exe' : 'node'}`
const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

// npm passes a signal on to its shell alone, and a shell such as dash ends by it without a signal to what it runs: a server
// without a terminal would keep its port and the lock on its data. So what npm started ends when its shell is gone. Started in
// another way it goes on, as a user expects who puts it into the background and leaves.
const shell = process.ppid
const isAbandoned = () => process.env.npm_lifecycle_event !== undefined && process.ppid !== shell

const [program, ...args] = process.argv.slice(2)

const lacks = (packages) => Object.keys(packages).some((name) => !existsSync(`${modules}${name}/package.json`))
const isOutdated = !existsSync(installed) || statSync(lock).mtimeMs > statSync(installed).mtimeMs
// The server and the command line need no tools; what has them already keeps them.
const needsTools = !program?.startsWith('src/') || !lacks(devDependencies)
if (isOutdated || !existsSync(node) || lacks(dependencies) || (needsTools && lacks(devDependencies))) {
  await setUp(needsTools)
}

if (isAbandoned()) process.exit(1)

const child = spawn(node, [`${root}${program}`, ...args], { stdio: 'inherit' })
const watch = setInterval(() => {
  if (!isAbandoned()) return
  clearInterval(watch)
  child.kill('SIGTERM')
}, 1000)
watch.unref()
// A child that got a signal does not get another one when the shell is gone as well: twice means at once.
// The terminal sends Ctrl-C to the whole group; passing it on here as well would deliver it twice.
process.on('SIGINT', () => clearInterval(watch))
process.on('SIGTERM', () => {
  clearInterval(watch)
  child.kill('SIGTERM')
})
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))

async function setUp(withTools) {
  console.error(
    withTools
      ? 'Setting up once: npm installs the server, its Node.js and the tools of the tests (560 MB on disk) …'
      : 'Setting up once: npm installs the server and its Node.js (230 MB on disk) …',
  )
  // Not `npm ci`: it refuses a lock file that was written where some platforms' optional packages could not be seen. With
  // --no-save the lock file decides the versions and stays as it is. Node is a development dependency, because the published
  // package runs on the Node of its user; named with --save-prod, it comes without the others.
  const what = withTools ? [] : ['--save-prod', '--omit=dev', `node@${devDependencies.node}`]
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error']
  const npm = spawn(isWindows ? 'npm.cmd' : 'npm', ['install', '--no-save', ...what, ...quietly], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: isWindows,
  })
  const endProgress = showProgress()
  const status = await new Promise((resolve) => {
    npm.on('exit', resolve)
    npm.on('error', (failure) => {
      console.error(`npm cannot be run: ${failure.message}.`)
      resolve(1)
    })
  })
  endProgress()
  if (status !== 0) {
    console.error(
      'Setting up failed: npm install did not finish. Its messages are above; run it by hand in the repository folder.',
    )
    process.exit(1)
  }
  removeHeaders()
}

/** What has arrived, on one line of a terminal, or on a line of its own now and then. @returns how to end it. */
function showProgress() {
  const startedMs = performance.now()
  const { isTTY } = process.stderr
  const timer = setInterval(
    () => {
      const seconds = Math.round((performance.now() - startedMs) / 1000)
      const toCome = existsSync(node) ? '' : ', Node.js still to come'
      const line = `  ${countPackages()} packages unpacked${toCome} (${seconds} s)`
      process.stderr.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    },
    isTTY ? 500 : 10_000,
  )
  return () => {
    clearInterval(timer)
    if (isTTY) process.stderr.write('\r\u001b[K')
  }
}

function countPackages() {
  if (!existsSync(modules)) return 0
  // While npm unpacks a package, its folder has a name with a dot.
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'))
  const scopes = names.filter((name) => name.startsWith('@'))
  return names.length - scopes.length + scopes.reduce((sum, scope) => sum + readdirSync(modules + scope).length, 0)
}

/** Node's headers, a third of its package, are for those who compile. */
function removeHeaders() {
  const own = `${modules}node/node_modules/`
  if (!existsSync(own)) return
  const platforms = readdirSync(own).filter((name) => name.startsWith('node-'))
  for (const name of platforms) rmSync(`${own}${name}/include`, { recursive: true, force: true })
}
