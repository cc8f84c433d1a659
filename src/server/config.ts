import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { dayMs, minuteMs } from '../core/durations.ts'
import { readRegularFile } from '../core/files.ts'
import { merged } from '../core/merged.ts'
import { hasRegionForm, otherPartitionOf } from '../core/regions.ts'
import type { SettingSpec } from '../core/services/service-module.ts'
import type { RootKeySource } from '../crypto/root-key.ts'
import { type ServiceSettings, serviceManifests } from '../services/index.ts'
import { type ServerSettings, serverSettings } from './server-settings.ts'

/** The options of a server. Everything has a default; the environment is read by `optionsFromEnvironment` alone. */
export interface StrongroomOptions {
  /** Development mode: root credentials `test`/`test`, an administrator, time can be moved, `POST /_strongroom/reset`. Loopback only. */
  dev?: boolean
  /** Nothing on disk; everything is gone at the end. */
  ephemeral?: boolean
  /** Where the movable clock starts, and where `reset` sets it back to. Development mode only. Default: now. */
  clock?: Date
  /** Default `localhost`: 127.0.0.1 and, where there is IPv6, ::1. Anything beyond loopback needs `tls` or `insecure`. */
  host?: string
  /** Default 4566; 0 takes a free one. */
  port?: number
  /** Where the database, the root key and the credentials file are. Default `~/.strongroom/data`, `~/.strongroom/dev` with `dev`. */
  dataDir?: string
  /** The root account, 12 digits. Default: 000000000000 with `dev`, else a random one made on first start. */
  accountId?: string
  /** Further accounts, each with a root of its own; once added, an account stays. */
  accounts?: readonly string[]
  /** Region that `credentials` and printed commands name. Default us-east-1; every one of the partition aws is served. */
  region?: string
  /** `postgres://…` instead of SQLite in the data directory. */
  databaseUrl?: string
  /**
   * How long records stay in the ledger: days or years of 365 days (`90d`, `1y`), at least a day, or `forever`, the default. The
   * event history of CloudTrail reaches back 90 days, or as long as this where that is less.
   */
  ledgerRetention?: string
  /** Where the root key comes from. Default: the file `root.key` in the data directory. */
  rootKey?: RootKeySource
  /** PEM files of a certificate and its key. */
  tls?: { certFile: string; keyFile: string }
  /** Serve plain HTTP beyond loopback: only behind a proxy that speaks TLS. */
  insecure?: boolean
  /** `silent` for none. Default `info`. */
  logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
  /** Behaviour that differs from the default, by name. `strongroom start --help` and docs/configuration.md describe each. */
  settings?: Partial<Settings>
  /** How the proxies of external key stores are reached. */
  xks?: XksProxyOptions
}

export interface XksProxyOptions {
  /** PEM file of authorities that are trusted for proxies, beside those of the system and of NODE_EXTRA_CA_CERTS. */
  caFile?: string
  /** PEM files of a certificate and its key, for proxies that ask KMS for one (mutual TLS). */
  clientCertificate?: { certFile: string; keyFile: string }
  /** Host name of a proxy → `address:port` where it answers. Default: port 443 of wherever the name leads. */
  routes?: Readonly<Record<string, string>>
  /** How long a proxy may take to answer. Default: 250 milliseconds, as on AWS. */
  replyMs?: number
}

/** Behaviour that can be chosen, by the names that `--set name=value` uses. */
export type Settings = ServiceSettings & ServerSettings

/** The specifications of all settings. @throws Error when two services bring one of the same name. */
const settingSpecs: Readonly<Record<string, SettingSpec<unknown>>> = merged('setting', [
  serverSettings,
  ...serviceManifests.map(({ settings = {} }) => settings),
])

export const defaultPort = 4566
/** Both loopback addresses: clients resolve the name to either of them. */
const defaultHost = 'localhost'
export const defaultRegion = 'us-east-1'

/** Options with their defaults, checked against one another. */
export interface Config {
  dev: boolean
  /** Where the clock starts; absent for the time of day. */
  clock?: Date
  host: string
  port: number
  region: string
  accountId?: string
  accounts: readonly string[]
  tls?: { certFile: string; keyFile: string }
  logLevel: NonNullable<StrongroomOptions['logLevel']>
  settings: Settings
  /** Absent when nothing is kept on disk. */
  dataDir?: string
  databaseUrl?: string
  /** Absent: records stay for ever. */
  ledgerRetention?: { text: string; ms: number }
  rootKey?: RootKeySource
  /** Certificates and keys are PEM. */
  xks: {
    authorities?: string
    clientCertificate?: { cert: string; key: string }
    routes: Readonly<Record<string, string>>
    replyMs?: number
  }
}

/** A wrong option or combination of options, worded for the person who gave it. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/** @throws ConfigError */
export function configure(options: StrongroomOptions): Config {
  const {
    dev = false,
    ephemeral = false,
    host = defaultHost,
    port = defaultPort,
    accountId,
    tls,
    databaseUrl,
  } = options
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new ConfigError(`Invalid port ${port}: ${portRange}.`)
  const accounts = options.accounts ?? []
  for (const id of accountId === undefined ? accounts : [accountId, ...accounts]) {
    if (!/^\d{12}$/.test(id)) throw new ConfigError(`Invalid account id "${id}": use 12 digits, such as 111122223333.`)
  }
  if (ephemeral && databaseUrl)
    throw new ConfigError('An ephemeral server cannot use a database URL: leave one of the two out.')
  if (databaseUrl && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new ConfigError('Invalid database URL: begin it with postgres://, or use a data directory for SQLite.')
  }
  if (options.clock && !dev)
    throw new ConfigError('The clock can be set only in development mode: start with dev, or leave the clock out.')
  checkReach({ dev, host, tls, insecure: options.insecure })
  const region = options.region ?? defaultRegion
  if (!hasRegionForm(region)) throw new ConfigError(`Invalid Region "${region}": use a name such as ${defaultRegion}.`)
  const otherPartition = otherPartitionOf(region)
  if (otherPartition) {
    throw new ConfigError(
      `The Region ${region} is in the partition ${otherPartition}: use one in the partition aws, such as ${defaultRegion}.`,
    )
  }
  const dataDir = ephemeral ? undefined : dataDirOf(options.dataDir, dev)
  return {
    dev,
    clock: options.clock,
    host,
    port,
    region,
    accountId,
    accounts,
    tls,
    logLevel: options.logLevel ?? 'info',
    settings: configureSettings(options.settings),
    dataDir,
    databaseUrl,
    ledgerRetention: retentionOf(options.ledgerRetention),
    xks: configureXks(options.xks),
    rootKey: options.rootKey ?? (dataDir ? { kind: 'file', file: join(dataDir, 'root.key') } : undefined),
  }
}

function retentionOf(text = 'forever'): Config['ledgerRetention'] {
  if (text === 'forever') return undefined
  const [, count, unit] = /^(\d{1,5})([dy])$/.exec(text) ?? []
  const days = Number(count) * (unit === 'y' ? 365 : 1)
  if (days >= 1 && days <= mostRetentionDays) return { text, ms: days * dayMs }
  throw new ConfigError(`Invalid ledger retention "${text}": use days or years, such as 90d or 1y, or forever.`)
}

/** A thousand years: times beyond it would not be within what the clock can say. */
const mostRetentionDays = 365_000

function configureSettings(chosen: Partial<Settings> = {}): Settings {
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const spec = settingSpecOf(name)
    if (!spec) throw new ConfigError(`Unknown setting "${name}": use ${knownSettings()}.`)
    const values = Object.values(spec.values)
    if (!values.includes(value)) {
      const possible = values.map((v) => inspect(v)).join(' or ')
      throw new ConfigError(
        `Invalid value ${inspect(value)} of the setting ${name}: use ${possible}. ${spec.description}`,
      )
    }
  }
  const defaults = Object.entries(settingSpecs).map(([name, spec]) => [name, spec.default])
  // Every name and value comes from the specs or was checked against them.
  return { ...Object.fromEntries(defaults), ...Object.fromEntries(given) } as Settings
}

const settingSpecOf = (name: string) => (Object.hasOwn(settingSpecs, name) ? settingSpecs[name] : undefined)

function configureXks({ caFile, clientCertificate, routes = {}, replyMs }: XksProxyOptions = {}): Config['xks'] {
  for (const [name, address] of Object.entries(routes)) {
    const [, port] = /^(?:[\w.-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(address) ?? []
    if (port === undefined || Number(port) > 65535) {
      throw new ConfigError(
        `Invalid route "${name}=${address}" to a key store proxy: use a form such as proxy.example.com=127.0.0.1:8443.`,
      )
    }
  }
  if (replyMs !== undefined && !(replyMs > 0 && replyMs <= minuteMs)) {
    throw new ConfigError(`Invalid reply time ${replyMs} of a key store proxy: use 1 to 60000 milliseconds.`)
  }
  return {
    authorities: caFile === undefined ? undefined : readPem(caFile),
    clientCertificate: clientCertificate && {
      cert: readPem(clientCertificate.certFile),
      key: readPem(clientCertificate.keyFile),
    },
    routes: Object.fromEntries(Object.entries(routes).map(([name, address]) => [name.toLowerCase(), address])),
    replyMs,
  }
}

function readPem(file: string): string {
  try {
    return readRegularFile(file).toString()
  } catch (cause) {
    const reason = (cause as Error).message
    throw new ConfigError(`${file} cannot be read for the proxies of external key stores (${reason}): name a PEM file.`)
  }
}

/** Two homes, so that a development server never opens what a durable one keeps. */
const defaultDataDir = (dev: boolean): string => join(homedir(), '.strongroom', dev ? 'dev' : 'data')

/**
 * Returns where a server keeps its data, as an absolute path.
 * @throws ConfigError for an empty name, which a path would take for the current directory: mostly a variable that is not set.
 */
export function dataDirOf(given: string | undefined, dev: boolean): string {
  if (given === '') {
    throw new ConfigError('The name of the data directory is empty: name a folder with --data-dir, or leave it out.')
  }
  if (given?.includes('\0'))
    throw new ConfigError('The name of the data directory has a NUL in it: name another folder.')
  return resolve(given ?? defaultDataDir(dev))
}

/** @throws ConfigError for what is not decimal digits, such as nothing, which as a number would be 0 and any free port. */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,5}$/.test(text)) throw new ConfigError(`Invalid port "${text}": ${portRange}.`)
  return Number(text)
}

const portRange = 'use 1 to 65535, or 0 for any that is free'

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

function checkReach({
  dev,
  host,
  tls,
  insecure,
}: Pick<StrongroomOptions, 'dev' | 'tls' | 'insecure'> & { host: string }) {
  if (isLoopback(host)) return
  if (dev) {
    throw new ConfigError(
      `Development mode has well-known credentials and cannot listen on ${host}: use a loopback address, or leave dev out.`,
    )
  }
  if (!tls && !insecure) {
    throw new ConfigError(
      `Listening on ${host} is reachable from other machines and needs TLS: give --tls-cert and --tls-key, ` +
        'or --insecure when a proxy in front speaks TLS.',
    )
  }
}

/** The environment's say; options given in code or on the command line win over it. */
export function optionsFromEnvironment(environment: NodeJS.ProcessEnv = process.env): StrongroomOptions {
  const text = (name: string) => environment[`STRONGROOM_${name}`] || undefined
  const certFile = text('TLS_CERT')
  const keyFile = text('TLS_KEY')
  if (Boolean(certFile) !== Boolean(keyFile))
    throw new ConfigError('One of STRONGROOM_TLS_CERT and STRONGROOM_TLS_KEY is missing: set both or neither.')
  return {
    host: text('HOST'),
    port: portOf(text('PORT')),
    dataDir: text('DATA_DIR'),
    accountId: text('ACCOUNT_ID'),
    accounts: text('ACCOUNTS')
      ?.split(',')
      .map((id) => id.trim()),
    region: text('REGION'),
    databaseUrl: text('DATABASE_URL'),
    ledgerRetention: text('LEDGER_RETENTION'),
    rootKey: rootKeyFromEnvironment(text('ROOT_KEY'), text('PASSPHRASE')),
    tls: certFile && keyFile ? { certFile, keyFile } : undefined,
    logLevel: logLevelOf(text('LOG_LEVEL')),
    xks: xksFromEnvironment((name) => text(`XKS_${name}`)),
  }
}

function xksFromEnvironment(text: (name: string) => string | undefined): XksProxyOptions {
  const certFile = text('CLIENT_CERT')
  const keyFile = text('CLIENT_KEY')
  if (Boolean(certFile) !== Boolean(keyFile)) {
    throw new ConfigError(
      'One of STRONGROOM_XKS_CLIENT_CERT and STRONGROOM_XKS_CLIENT_KEY is missing: set both or neither.',
    )
  }
  const replyMs = text('REPLY_MS')
  const pairs = text('ROUTES')
    ?.split(',')
    .map((pair) => {
      const [name = '', address = ''] = pair.split('=', 2)
      return [name.trim(), address.trim()] as const
    })
  return {
    caFile: text('CA_FILE'),
    clientCertificate: certFile && keyFile ? { certFile, keyFile } : undefined,
    routes: pairs && Object.fromEntries(pairs),
    replyMs: replyMs === undefined ? undefined : Number(replyMs),
  }
}

function rootKeyFromEnvironment(value: string | undefined, passphrase: string | undefined): RootKeySource | undefined {
  if (value && passphrase)
    throw new ConfigError('STRONGROOM_ROOT_KEY and STRONGROOM_PASSPHRASE are both set: unset one of them.')
  if (value) return { kind: 'value', value, from: 'STRONGROOM_ROOT_KEY' }
  return passphrase ? { kind: 'passphrase', passphrase, from: 'STRONGROOM_PASSPHRASE' } : undefined
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export function logLevelOf(text: string | undefined): StrongroomOptions['logLevel'] {
  if (text === undefined) return undefined
  const level = logLevels.find((known) => known === text)
  if (!level) throw new ConfigError(`Invalid log level "${text}": use ${logLevels.join(', ')}.`)
  return level
}

/** Reads `name=value` pairs. @throws ConfigError for names and values that are none. */
export function settingsFrom(pairs: readonly string[]): Partial<Settings> {
  const chosen = pairs.map((pair) => {
    const [name = '', text = ''] = pair.split('=', 2)
    const spec = settingSpecOf(name)
    const value = spec && new Map(Object.entries(spec.values)).get(text)
    if (value === undefined) throw new ConfigError(`Invalid setting "${pair}": use ${knownSettings()}.`)
    return [name, value] as const
  })
  return Object.fromEntries(chosen)
}

const knownSettings = () =>
  describedSettings()
    .map(({ name, values }) => `${name}=${values.join('|')}`)
    .join(', ')

export interface DescribedSetting {
  name: string
  description: string
  /** The texts that stand for its values; the default is the first. */
  values: readonly string[]
}

/** Every setting in order of name, for messages and help. */
export const describedSettings = (): DescribedSetting[] =>
  Object.entries(settingSpecs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { description, values, default: usual }]) => {
      const texts = Object.keys(values)
      const defaultText = texts.filter((text) => values[text] === usual)
      return { name, description, values: [...defaultText, ...texts.filter((text) => values[text] !== usual)] }
    })
