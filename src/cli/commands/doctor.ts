import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { cpus, freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { defaultPort, optionsFromEnvironment } from '../../config.ts'
import { type DataDirectory, DataDirectoryError } from '../../data-directory.ts'
import { Confinement, type Protection } from '../../services/lambda/execution/confinement.ts'
import { Interpreters } from '../../services/lambda/execution/interpreters.ts'
import { dataDirectoryOf, type ServerOptions } from '../server-client.ts'

type Verdict = 'ok' | 'note' | 'problem'

interface Finding {
  verdict: Verdict
  what: string
  /** What it means, or what to do. */
  words: string
}

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
    ...(await ports(optionsFromEnvironment().port ?? defaultPort, directory)),
    program('AWS CLI', 'aws', ['--version'], 'talks to the server from a shell'),
    program('boto3', 'python3', ['-c', 'import boto3; print(boto3.__version__)'], 'talks to the server from Python'),
    ...(await functions(directory.path)),
    program('PostgreSQL', 'postgres', ['--version'], 'can hold the state instead of SQLite (--database-url)'),
    program('openssl', 'openssl', ['version'], 'makes certificates for --tls-cert'),
  ]
  const signs: Record<Verdict, string> = { ok: '✓', note: '-', problem: '✗' }
  for (const { verdict, what, words } of findings) console.log(`${signs[verdict]} ${what.padEnd(16)} ${words}`)
  if (findings.some(({ verdict }) => verdict === 'problem')) process.exitCode = 1
}

function runtime(): Finding {
  const { node, openssl, sqlite } = process.versions
  return { verdict: 'ok', what: 'runtime', words: `Node ${node}, OpenSSL ${openssl}, SQLite ${sqlite}` }
}

function dataDirectory(path: string): Finding[] {
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    accessSync(existing, constants.W_OK)
  } catch {
    return [{ verdict: 'problem', what: 'data directory', words: `${existing} cannot be written by this user` }]
  }
  const { bavail, bsize } = statfsSync(existing)
  const free = bavail * bsize
  const words = `${path}${existing === path ? '' : ' (made at first start)'}, ${gibibytes(free)} free`
  return [{ verdict: free > 1 << 30 ? 'ok' : 'problem', what: 'data directory', words }]
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

async function ports(number: number, directory: DataDirectory): Promise<Finding[]> {
  try {
    return [await port(number, directory.readAnnouncement()?.endpoint)]
  } catch (thrown) {
    if (!(thrown instanceof DataDirectoryError)) throw thrown
    return [{ verdict: 'problem', what: 'running server', words: thrown.message }, await port(number, undefined)]
  }
}

async function port(number: number, announced: string | undefined): Promise<Finding> {
  const taken = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ port: number, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('connect', () => socket.destroy())
  })
  if (!taken) return { verdict: 'ok', what: `port ${number}`, words: 'free' }
  return announced?.endsWith(`:${number}`)
    ? { verdict: 'ok', what: `port ${number}`, words: 'this server runs there' }
    : { verdict: 'note', what: `port ${number}`, words: 'taken by something else: start with --port' }
}

const protections: Record<Protection, Omit<Finding, 'what'>> = {
  users: { verdict: 'ok', words: 'each process under a user of its own, apart from this one' },
  namespaces: { verdict: 'ok', words: 'each process in namespaces of its own, where the data directory is covered' },
  none: {
    verdict: 'note',
    words: 'run as this user and read what it reads: docs/lambda.md says what would keep them from it',
  },
}

/** What keeps Lambda functions from the server that is started here, by what runs them. */
async function functions(dataDirectory: string): Promise<Finding[]> {
  const confinement = new Confinement([dataDirectory])
  const interpreters = new Interpreters()
  const findings: Finding[] = []
  for (const family of ['nodejs', 'python'] as const) {
    const interpreter = await interpreters.find(family)
    if (!interpreter) continue
    findings.push({ what: `${family} functions`, ...protections[await confinement.protectionFor(interpreter)] })
  }
  return findings
}

function program(what: string, command: string, args: string[], use: string): Finding {
  try {
    const [line = ''] = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )
    return { verdict: 'ok', what, words: `${line.trim()}: ${use}` }
  } catch {
    return { verdict: 'note', what, words: `not found; it ${use}` }
  }
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
