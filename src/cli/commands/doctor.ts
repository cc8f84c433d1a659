import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { cpus, freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Finding } from '../../core/services/finding.ts'
import { defaultPort, optionsFromEnvironment } from '../../server/config.ts'
import { type DataDirectory, DataDirectoryError } from '../../server/data-directory.ts'
import { exposureOfKey, exposuresOf } from '../../server/exposure.ts'
import { serviceManifests } from '../../services/index.ts'
import { dataDirectoryOf, type ServerOptions } from '../server-client.ts'

/** Looks at what the machine offers and prints it; exit code 1 when something stands in the server's way. */
export async function doctor(options: ServerOptions): Promise<void> {
  const directory = dataDirectoryOf(options)
  const findings: Finding[] = [
    runtime(),
    {
      verdict: 'ok',
      what: 'machine',
      words: `${cpus().length} cores, ${gibibytes(freemem())} of ${gibibytes(totalmem())} free`,
    },
    ...dataDirectory(directory.path),
    rootKeyMode(directory.path),
    ...permissions(directory),
    ...(await ports(optionsFromEnvironment().port ?? defaultPort, directory)),
    program('AWS CLI', 'aws', ['--version'], 'talks to the server from a shell'),
    program('boto3', 'python3', ['-c', 'import boto3; print(boto3.__version__)'], 'talks to the server from Python'),
    ...(await ofServices(directory.path)),
    program('PostgreSQL', 'postgres', ['--version'], 'can hold the state instead of SQLite (--database-url)'),
    program('openssl', 'openssl', ['version'], 'makes certificates for --tls-cert'),
  ]
  const signs: Record<Finding['verdict'], string> = { ok: '✓', note: '-', problem: '✗' }
  for (const { verdict, what, words } of findings) console.log(`${signs[verdict]} ${what.padEnd(18)} ${words}`)
  if (findings.some(({ verdict }) => verdict === 'problem')) process.exitCode = 1
}

async function ofServices(dataDirectory: string): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { checks } of serviceManifests) found.push(...((await checks?.({ dataDirectory })) ?? []))
  return found
}

function runtime(): Finding {
  const { node, openssl, sqlite } = process.versions
  return { verdict: 'ok', what: 'runtime', words: `Node ${node}, OpenSSL ${openssl}, SQLite ${sqlite}` }
}

function dataDirectory(path: string): Finding[] {
  const problem = (words: string): Finding => ({ verdict: 'problem', what: 'data directory', words })
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    if (!statSync(existing).isDirectory()) return [problem(`${existing} is not a folder: name another with --data-dir`)]
    accessSync(existing, constants.W_OK)
  } catch {
    return [problem(`${existing} cannot be written by this user: name another with --data-dir`)]
  }
  const { bavail, bsize } = statfsSync(existing)
  const free = bavail * bsize
  const words = `${path}${existing === path ? '' : ' (made at first start)'}, ${gibibytes(free)} free`
  return free > 1 << 30
    ? [{ verdict: 'ok', what: 'data directory', words }]
    : [problem(`${words}: have 1 GiB or more, or name another with --data-dir`)]
}

function rootKeyMode(path: string): Finding {
  const file = `${path}/root.key`
  if (process.env.STRONGROOM_ROOT_KEY || process.env.STRONGROOM_PASSPHRASE) {
    return { verdict: 'ok', what: 'root key', words: 'from the environment' }
  }
  if (!existsSync(file)) return { verdict: 'note', what: 'root key', words: 'none yet; made at first start' }
  const open = (statSync(file).mode & 0o077) !== 0
  return open
    ? { verdict: 'problem', what: 'root key', words: `${file} can be read by others: chmod 600 ${file}` }
    : { verdict: 'ok', what: 'root key', words: `${file}; keep a copy away from the backups` }
}

/** Finds what other users of this machine can do to the data, and to the TLS key that the environment names. */
function permissions(directory: DataDirectory): Finding[] {
  const keyFile = optionsFromEnvironment().tls?.keyFile
  const exposures = [...exposuresOf(directory), ...(keyFile ? exposureOfKey(keyFile) : [])]
  if (exposures.length === 0)
    return [{ verdict: 'ok', what: 'permissions', words: 'other users cannot touch the data' }]
  return exposures.map(({ path, what, mend }) => ({
    verdict: 'problem',
    what: 'permissions',
    words: `${path} ${what}: ${mend}`,
  }))
}

async function ports(number: number, directory: DataDirectory): Promise<Finding[]> {
  try {
    return [await port(number, directory.readAnnouncement()?.endpoint)]
  } catch (thrown) {
    if (!(thrown instanceof DataDirectoryError)) throw thrown
    return [{ verdict: 'problem', what: 'running server', words: thrown.message }, await port(number, undefined)]
  }
}

async function port(number: number, announced: string | undefined): Promise<Finding> {
  const taken = await Promise.all([isTaken(number, '127.0.0.1'), isTaken(number, '::1')])
  if (!taken.includes(true)) return { verdict: 'ok', what: `port ${number}`, words: 'free' }
  return announced?.endsWith(`:${number}`)
    ? { verdict: 'ok', what: `port ${number}`, words: 'this server runs there' }
    : { verdict: 'note', what: `port ${number}`, words: 'taken by something else: start with --port' }
}

const isTaken = (port: number, host: string) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection({ port, host })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('connect', () => socket.destroy())
  })

function program(what: string, command: string, args: string[], use: string): Finding {
  try {
    // Not in the folder where this was called: Python would take modules from there.
    const printed = execFileSync(command, args, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const [line = ''] = printed.split('\n')
    return { verdict: 'ok', what, words: `${line.trim()}: ${use}` }
  } catch {
    return { verdict: 'note', what, words: `not found; it ${use}` }
  }
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
