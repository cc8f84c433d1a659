import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { main } from '../fixtures/command.ts'

let folder: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-start-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('a shell takes the lines that start prints, wherever the data is', async () => {
  const dataDir = join(folder, "my server's data")
  const child = spawn(process.execPath, [main, 'start', '--port', '0', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  try {
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      if (printed.includes('lookup-events')) break
    }
    const exports = printed.match(/^ {2}export .*$/gm) ?? []
    const script = `${exports.join('\n')}\nprintf '%s' "$AWS_SHARED_CREDENTIALS_FILE"`
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), join(dataDir, 'credentials'))
  } finally {
    child.kill('SIGTERM')
    await exited
  }
})
