import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../src/testing/eventually.ts'
import { missing } from '../fixtures/foreign.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `npm start`, ready to answer, in a process group of its own so that all of it can be ended. */
async function startWithNpm() {
  const npm = spawn('npm', ['start', '--', '--dev', '--ephemeral', '--port', '0'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const npmPid = npm.pid
  assert.ok(npmPid)
  let printed = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (printed += chunk))
  // Once every process that could write to them is gone.
  const ended = once(npm, 'close')
  const killAll = () => {
    try {
      process.kill(-npmPid, 'SIGKILL')
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure
    }
  }
  const isReady = (text: string) => text.includes('is ready')
  await eventually(() => printed, isReady, 60_000).catch((failure) => {
    killAll()
    throw failure
  })
  return { npmPid, ended, killAll, printed: () => printed }
}

const endings: [how: string, end: (npmPid: number) => void][] = [
  ['npm gets SIGTERM', (npmPid) => process.kill(npmPid, 'SIGTERM')],
  ['Ctrl-C is pressed in its terminal', (npmPid) => process.kill(-npmPid, 'SIGINT')],
]
for (const [how, end] of endings) {
  test(`npm start leaves no server behind when ${how}`, {
    skip: process.platform === 'win32' ? 'signals are POSIX' : missing('npm', '--version'),
  }, async () => {
    const { npmPid, ended, killAll, printed } = await startWithNpm()
    try {
      end(npmPid)
      await Promise.race([ended, pause(20_000, undefined, { ref: false })])
      // By its own way out: what was accepted is finished first.
      assert.match(printed(), /^Stopped\.$/m)
      const endpoint = /endpoint +(http:\S+)/.exec(printed())?.[1]
      await assert.rejects(fetch(`${endpoint}/_strongroom/health`), ({ cause }) => cause.code === 'ECONNREFUSED')
    } finally {
      killAll()
    }
  })
}
