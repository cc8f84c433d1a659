import { relative } from 'node:path'
import {
  ConfigError,
  dataDirOf,
  logLevelOf,
  optionsFromEnvironment,
  portOf,
  type StrongroomOptions,
  settingsFrom,
} from '../../server/config.ts'
import { type DevelopmentAdministrator, type Strongroom, startStrongroom } from '../../server/server.ts'
import { endpointVariables, exported } from '../shell.ts'
import { UserError } from '../user-error.ts'

interface StartOptions {
  dev?: boolean
  ephemeral?: boolean
  host?: string
  port?: string
  dataDir?: string
  accountId?: string
  account?: string[]
  region?: string
  databaseUrl?: string
  ledgerRetention?: string
  tlsCert?: string
  tlsKey?: string
  insecure?: boolean
  set?: string[]
  logLevel?: string
}

/** Starts the server, prints how to use it, and stops it on SIGINT or SIGTERM after what it accepted is answered. */
export async function start(given: StartOptions): Promise<void> {
  const server = await startOrExplain({ ...defined(optionsFromEnvironment()), ...defined(optionsOf(given)) })
  let stoppingSinceMs: number | undefined
  const stop = async (signal: string) => {
    if (stoppingSinceMs !== undefined) {
      // npm and the terminal may both pass one signal on; a person who insists takes longer.
      if (performance.now() - stoppingSinceMs > insistenceMs) process.exit(1)
      return
    }
    stoppingSinceMs = performance.now()
    console.log(`\n${signal}: finishing what was accepted … (again to stop at once)`)
    await server.stop()
    console.log('Stopped.')
  }
  process.on('SIGINT', () => void stop('SIGINT'))
  process.on('SIGTERM', () => void stop('SIGTERM'))
  console.log(welcome(server))
}

const insistenceMs = 500

function optionsOf({ tlsCert, tlsKey, port, set, logLevel, account, ...same }: StartOptions): StrongroomOptions {
  if (Boolean(tlsCert) !== Boolean(tlsKey))
    throw new ConfigError('One of --tls-cert and --tls-key is missing: give both or neither.')
  return {
    ...same,
    port: portOf(port),
    tls: tlsCert && tlsKey ? { certFile: tlsCert, keyFile: tlsKey } : undefined,
    accounts: account,
    settings: set && settingsFrom(set),
    logLevel: logLevelOf(logLevel),
  }
}

const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T

async function startOrExplain(options: StrongroomOptions): Promise<Strongroom> {
  try {
    return await startStrongroom(options)
  } catch (thrown) {
    const {
      code,
      syscall,
      path,
      address,
      dest = path,
    } = thrown as NodeJS.ErrnoException & { address?: string; dest?: string }
    const { host = address, port = 4566 } = options
    if (code === 'EADDRINUSE') {
      const alone = address === '::1' && host !== address ? ', or listen on IPv4 alone with --host 127.0.0.1' : ''
      throw new UserError(
        `port ${port} on ${address} is taken: stop what uses it, or choose another with --port${alone}.`,
      )
    }
    if (syscall === 'listen') {
      throw new UserError(`cannot listen on ${host}:${port} (${code}): choose another --host or --port.`)
    }
    if (syscall === 'getaddrinfo') {
      throw new UserError(`the host ${host} has no address (${code}): give an address of this machine with --host.`)
    }
    if (dest !== undefined && isInDataDirectory(dest, options)) {
      throw new UserError(
        `${dest} cannot be written (${code}): let this user write there and check the free space, or choose another --data-dir.`,
      )
    }
    if (isFull(thrown)) {
      throw new UserError(
        `there is no space for the server's data (${reasonOf(thrown)}): free some where the data directory is, or choose another ` +
          'with --data-dir, and start again.',
      )
    }
    throw thrown
  }
}

/** Returns true for a path in the data directory: an error of the system there is not a fault of the server. */
const isInDataDirectory = (file: string, { dataDir, dev = false }: StrongroomOptions) =>
  !relative(dataDirOf(dataDir, dev), file).startsWith('..')

/** A full disk, a quota or a limit on the size of files, met by the file system or by SQLite (FULL). */
function isFull(thrown: unknown): boolean {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    const { code, errcode } = cause as NodeJS.ErrnoException & { errcode?: number }
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(code)) || (errcode !== undefined && (errcode & 0xff) === 13))
      return true
  }
  return false
}

const reasonOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, '')

function welcome({
  endpoint,
  dataDir,
  credentialsFile,
  credentials,
  administrator,
  accountId,
  region,
  dev,
}: Strongroom): string {
  const access: Record<string, string> = credentialsFile
    ? { AWS_SHARED_CREDENTIALS_FILE: credentialsFile }
    : { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  const lines = [
    `Strongroom ${dev ? '(development) ' : ''}is ready.`,
    '',
    `  endpoint     ${endpoint}`,
    `  account      ${accountId}`,
    `  data         ${dataDir ?? 'in memory; gone when the server stops'}`,
    ...(credentialsFile ? [`  credentials  ${credentialsFile}`] : []),
    '',
    'Try it in another terminal:',
    '',
    `  ${exported(endpointVariables(endpoint))}`,
    `  ${exported({ ...access, AWS_REGION: region, AWS_DEFAULT_REGION: region })}`,
    '',
    '  aws sts get-caller-identity',
    '  aws kms create-key --description "my first key"',
    '  aws cloudtrail lookup-events --max-items 3',
    '',
    ...(administrator ? asAdministrator(administrator) : []),
  ]
  return lines.join('\n')
}

const asAdministrator = ({ accessKeyId, secretAccessKey, roleArn }: DevelopmentAdministrator): string[] => [
  'Root may assume no role, as on AWS. To try roles, be the administrator of this development server:',
  '',
  `  ${exported({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })}`,
  `  aws sts assume-role --role-arn ${roleArn} --role-session-name first`,
  '',
]
