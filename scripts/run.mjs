// Runs a program of the repository on the Node that the repository brings, after installing what is missing.
// Plain JavaScript, because it starts on whatever Node (20 or newer) the machine has.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = `${root}node_modules/.package-lock.json`
const lock = `${root}package-lock.json`
const node = `${root}node_modules/node/bin/${process.platform === 'win32' ? 'node.exe' : 'node'}`

// npm passes a signal on to its shell alone, and a shell such as dash ends by it without telling what it runs: a server that
// nobody sees any more would keep its port and the lock on its data. So what npm started ends when its shell is gone. Started
// in another way it goes on, as whoever puts it into the background and leaves expects.
const shell = process.ppid
const isAbandoned = () => process.env.npm_lifecycle_event !== undefined && process.ppid !== shell

const stale = () => !existsSync(node) || !existsSync(installed) || statSync(lock).mtimeMs > statSync(installed).mtimeMs

// Not `npm ci`: it refuses a lock file that was written where some platforms' optional packages could not be seen. With
// --no-save the lock file decides the versions and stays as it is.
if (stale()) {
  console.error('Setting up: installing dependencies with npm (once; takes under a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(
      'Setting up failed: npm install did not finish. Its messages are above; run it by hand in the repository folder.',
    )
    process.exit(1)
  }
}

if (isAbandoned()) process.exit(1)

const [program, ...args] = process.argv.slice(2)
const child = spawn(node, [`${root}${program}`, ...args], { stdio: 'inherit' })
const watch = setInterval(() => {
  if (!isAbandoned()) return
  clearInterval(watch)
  child.kill('SIGTERM')
}, 1000)
watch.unref()
// Whoever has been told to end is not told again when the shell is gone as well: twice means at once.
// The terminal sends Ctrl-C to the whole group; passing it on here as well would deliver it twice.
process.on('SIGINT', () => clearInterval(watch))
process.on('SIGTERM', () => {
  clearInterval(watch)
  child.kill('SIGTERM')
})
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
