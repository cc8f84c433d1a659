import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DeleteFunctionCommand } from '@aws-sdk/client-lambda'
import { Confinement, type Protection } from '../../src/services/lambda/execution/confinement.ts'
import { main } from '../fixtures/command.ts'
import { missing } from '../fixtures/foreign.ts'
import { allEnded, functionRole, functionsOn } from '../fixtures/functions.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { zipOf } from '../fixtures/zip.ts'

/** Tries what a function must not be able to do, and returns how each attempt ended. */
const spy = {
  'index.mjs': `import { execFileSync, spawn } from 'node:child_process'
    import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
    import { dirname } from 'node:path'
    const tried = (attempt) => { try { return attempt() } catch (error) { return error.code ?? 'failed' } }
    const { HOME, LAMBDA_TASK_ROOT } = process.env
    export const handler = async ({ server, dataDir, other, linger }) => {
      if (linger) {
        writeFileSync(HOME + '/note', 'mine')
        return [process.pid, HOME, LAMBDA_TASK_ROOT, spawn('setsid', ['sleep', '600'], { stdio: 'ignore' }).pid]
      }
      return {
        dataFolder: tried(() => readdirSync(dataDir)),
        uncovered: tried(() => String(execFileSync('/usr/bin/unshare', ['-Urm', '/bin/sh', '-c', '/usr/bin/umount "$0"; /bin/ls "$0"', dataDir], { stdio: 'pipe' }))),
        serverVariables: tried(() => readFileSync('/proc/' + server + '/environ', 'utf8')),
        serverDescriptors: tried(() => readdirSync('/proc/' + server + '/fd').filter((fd) => tried(() => readlinkSync('/proc/' + server + '/fd/' + fd)).length > 6)),
        serverRoot: tried(() => readdirSync('/proc/' + server + '/root' + dataDir)),
        otherVariables: tried(() => readFileSync('/proc/' + other[0] + '/environ', 'utf8')),
        otherHome: tried(() => readFileSync(other[1] + '/note', 'utf8')),
        otherCode: tried(() => readFileSync(other[2] + '/index.mjs', 'utf8')),
        homes: tried(() => readdirSync(dirname(HOME))),
        codes: tried(() => readdirSync(dirname(LAMBDA_TASK_ROOT))),
        descriptors: readdirSync('/proc/self/fd').map((fd) => tried(() => readlinkSync('/proc/self/fd/' + fd))),
        ownCode: existsSync(LAMBDA_TASK_ROOT + '/index.mjs'),
        ownHome: tried(() => { writeFileSync(HOME + '/x', 'y'); return readFileSync(HOME + '/x', 'utf8') }),
        trick: tried(() => readFileSync(HOME + '/tricked', 'utf8')),
        user: process.getuid(),
      }
    }`,
}

/** In the folder that a function starts in, and found there first by whatever asks the function's PATH. */
const tricks = ['mount', 'unshare', 'cat', 'mkdir', 'sh']
const trickFiles = Object.fromEntries(tricks.map((name) => [name, '#!/bin/sh\necho tricked >"$HOME/tricked"\n']))
const trickModes = Object.fromEntries(tricks.map((name) => [name, 0o100755]))

const nothing = [[], '', 'EACCES', 'ENOENT', 'EPERM', 'failed']

async function spiedOn(context: TestContext, protection: Protection, user?: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-confined-'))
  if (user !== undefined) chownSync(folder, user, user)
  const server = await startServerProcess(folder, { args: ['--dev'], user })
  context.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const reachable = addressOf(server)
  const functions = functionsOn(reachable, await functionRole(reachable, 'spy'))
  await functions.create('other', spy)
  const other = (await functions.invoke('other', { linger: true })).result as [number, string, string, number]
  const ZipFile = await zipOf({ ...spy, ...trickFiles }, trickModes)
  await functions.create('spy', spy, { Code: { ZipFile }, Environment: { Variables: { PATH: '.:/usr/bin:/bin' } } })
  const event = { server: server.child.pid, dataDir: folder, other }
  const { result, log } = await functions.invoke('spy', event)
  const { ownCode, ownHome, homes, codes, descriptors, user: ownUser, ...attempts } = result as Record<string, unknown>
  assert.equal(ownCode, true, log)
  assert.equal(ownHome, 'y')
  for (const [attempt, got] of Object.entries(attempts)) {
    assert.ok(
      nothing.some((none) => JSON.stringify(none) === JSON.stringify(got)),
      `${attempt}: ${JSON.stringify(got)}`,
    )
  }
  for (const seen of [homes, codes])
    assert.ok(seen === 'EACCES' || (seen as string[]).length === 1, JSON.stringify(seen))
  assert.ok(
    (descriptors as string[]).every((target) => !target.includes(folder)),
    String(descriptors),
  )
  if (protection === 'users') {
    assert.notEqual(ownUser, process.getuid?.())
    await functions.lambda.send(new DeleteFunctionCommand({ FunctionName: 'other' }))
    // It had left the group of its function's processes.
    await allEnded(other.slice(-1) as number[])
  }
}

const asThisUser = await new Confinement([]).protection()
const asRoot = { skip: asThisUser !== 'users' && 'needs a root that may change its user' }

test(
  'a function sees neither the server’s files and memory nor those of other functions',
  { skip: (typeof asThisUser !== 'string' || asThisUser === 'none') && 'this host keeps no functions apart' },
  (context) => spiedOn(context, asThisUser as Protection),
)

test(
  'a function of a server that is not root sees neither the server’s files and memory nor those of other functions',
  asRoot,
  (context) => spiedOn(context, 'namespaces', 1_800_000_000),
)

test('a function of a server that is not root sees no root key and TLS key, wherever they are', {
  skip: asRoot.skip || missing('openssl', 'version'),
}, async (context) => {
  const folder = temporaryFolder(context)
  const user = 1_800_000_000
  const paths = Object.fromEntries(['data', 'key', 'tls.pem', 'cert.pem'].map((name) => [name, join(folder, name)]))
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const files = ['-keyout', join(folder, 'tls.pem'), '-out', join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...made, ...files, ...subject], { stdio: 'ignore' })
  for (const name of ['', 'tls.pem', 'cert.pem']) chownSync(join(folder, name), user, user)
  const program = fileURLToPath(new URL('./covered-files.ts', import.meta.url))
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') }
  const options = { uid: user, gid: user, cwd: '/', env, encoding: 'utf8' } as const
  const found = JSON.parse(execFileSync(process.execPath, [program, JSON.stringify(paths)], options))
  assert.deepEqual(found, {
    data: [],
    rootKey: '',
    tlsKey: '',
    certificate: readFileSync(join(folder, 'cert.pem'), 'utf8'),
    otherHome: 'ENOENT',
    otherCode: 'ENOENT',
    rootKeyHasBytes: true,
  })
})

const whoAmI = {
  'index.py': `import os
def handler(event, context):
    status = open('/proc/self/status').read() if os.path.exists('/proc/self/status') else ''
    capabilities = [line.split()[1] for line in status.splitlines() if line.startswith(('CapEff', 'CapPrm'))]
    def opens(path):
        try:
            os.close(os.open(path, os.O_WRONLY))
            return True
        except OSError:
            return False
    return [os.getresuid(), os.getresgid(), os.getgroups(), capabilities, [opens(path) for path in event['files']]]`,
}

test('a function of a server that is root is not root, though its python3 is closed to other users', {
  skip: asRoot.skip || (!existsSync('/usr/bin/python3') && 'needs a Python that every user can run'),
}, async (context) => {
  const folder = temporaryFolder(context)
  const closed = join(folder, 'bin')
  mkdirSync(closed, { mode: 0o700 })
  symlinkSync('/usr/bin/python3', join(closed, 'python3'))
  const server = await startServerProcess(join(folder, 'data'), {
    args: ['--dev'],
    env: { PATH: `${closed}:${process.env.PATH}` },
  })
  context.after(() => server.stop())
  const functions = functionsOn(addressOf(server), await functionRole(addressOf(server), 'who'))
  await functions.create('who', whoAmI)
  const files = [main, '/etc/passwd', join(folder, 'data', 'root.key')]
  const { result } = await functions.invoke('who', { files })
  const [users, groups, more, capabilities, opened] = result as [number[], number[], number[], string[], boolean[]]
  assert.ok(
    users.every((id) => id > 1000),
    String(users),
  )
  assert.ok(
    [...groups, ...more].every((id) => id > 1000),
    String([groups, more]),
  )
  assert.ok(
    capabilities.every((set) => Number(set) === 0),
    String(capabilities),
  )
  assert.deepEqual(opened, [false, false, false])
})

const withoutSetuid = ['setpriv', '--bounding-set=-setuid,-setgid', '--inh-caps=-setuid,-setgid']

for (const [where, refusal, through] of [
  [
    'its folder for temporary files is closed',
    /may not enter its folder for temporary files, .* set TMPDIR/,
    undefined,
  ],
  ['it may not change its user', /not let it start a process as another user \(EPERM\): let it have/, withoutSetuid],
] as const) {
  test(`a server that is root refuses functions where ${where}, and doctor says so`, {
    skip: asRoot.skip || missing('setpriv', '--version'),
  }, async (context) => {
    const folder = temporaryFolder(context)
    const data = join(folder, 'data')
    const closed = join(folder, 'temporary')
    mkdirSync(closed, { mode: 0o700 })
    const first = await startServerProcess(data, { args: ['--dev'] })
    const Role = await functionRole(addressOf(first), 'who')
    const code = { 'index.mjs': 'export const handler = async () => process.getuid()' }
    await functionsOn(addressOf(first), Role).create('existing', code)
    await first.stop()

    const hindered: Record<string, string> = through ? {} : { TMPDIR: closed }
    const second = await startServerProcess(data, { args: ['--dev'], env: hindered, through: through && [...through] })
    context.after(() => second.stop())
    const functions = functionsOn(addressOf(second), Role)
    const refused = (runtime: string) => (error: Error) => {
      assert.deepEqual(error.name, 'InvalidParameterValueException')
      assert.ok(error.message.startsWith(`${runtime} functions do not run here: the server is root`), error.message)
      assert.match(error.message, refusal)
      assert.match(error.message, /, or run the server as a user other than root\.$/)
      return true
    }
    await assert.rejects(functions.invoke('existing'), refused('nodejs22.x'))
    await assert.rejects(functions.create('n', code), refused('nodejs22.x'))
    await assert.rejects(functions.create('p', whoAmI), refused('python3.12'))
    const own = {
      Runtime: 'provided.al2023',
      Code: { ZipFile: await zipOf({ bootstrap: '' }, { bootstrap: 0o100755 }) },
    }
    await assert.rejects(functions.create('b', {}, own as object), refused('provided.al2023'))

    const lines = doctorLines([...(through ?? [])], folder, hindered)
    assert.equal(lines.length, 3)
    for (const line of lines) assert.match(line, /^- \w+ functions +refused: the server is root/)
  })
}

test(
  'doctor says for every runtime on what its functions run, and what keeps them from the server',
  asRoot,
  (context) => {
    const folder = temporaryFolder(context)
    for (const line of doctorLines([], folder)) {
      assert.match(
        line,
        /^✓ (\w+ functions +on \/\S+ \([\d.]+\), |provided functions )each process under a user of its own/,
      )
    }
    const asUser = ['setpriv', '--reuid=1800000000', '--regid=1800000000', '--clear-groups']
    for (const line of doctorLines(asUser, folder))
      assert.match(line, /^✓ \w+ functions .*each process in namespaces of its own/)
  },
)

test('doctor says that nothing keeps functions from a server that is not root where namespaces are forbidden', {
  skip: missing('unshare', '--user', '--map-root-user', 'true'),
}, (context) => {
  // One namespace is left for the user itself, and none for what it starts.
  const forbid =
    'echo 1 > /proc/sys/user/max_user_namespaces; exec unshare --user --map-user=1000 --map-group=1000 "$@"'
  const through = ['unshare', '--user', '--map-root-user', '/bin/sh', '-c', forbid, 'sh']
  const lines = doctorLines(through, temporaryFolder(context))
  assert.equal(lines.length, 3)
  for (const line of lines) assert.match(line, /^- \w+ functions .*run as this user and read what it reads/)
})

/** What doctor says of functions. @param through - a program and its arguments that become doctor's process. */
function doctorLines(through: readonly string[], home: string, more: Record<string, string> = {}): string[] {
  const [program = '', ...args] = [...through, process.execPath, main, 'doctor']
  const env = { ...process.env, HOME: home, ...more }
  const { stdout, stderr } = spawnSync(program, args, { env, cwd: '/', encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line.includes(' functions '))
  assert.ok(lines.length > 0, stdout + stderr)
  return lines
}

const addressOf = (server: ServerProcess) => ({
  ...server,
  endpoint: `http://127.0.0.1:${server.port}`,
  region: 'us-east-1',
})

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-confined-'))
  chmodSync(folder, 0o755)
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
