import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeFolder, readRegularFile, writePrivateFile } from '../core/files.ts'
import { ConfigError } from './config.ts'

/** The files of a durable server, all in one directory that only its owner may enter. */
export class DataDirectory {
  readonly path: string
  readonly database: string
  readonly ledgerFiles: { database: string; index: string }
  /** How far the ledger in the database has come. */
  readonly anchor: string
  /** The same of the ledger in PostgreSQL, of a node that has its database there. */
  readonly postgresAnchor: string
  /** The bytes that are kept beside the documents of the database. */
  readonly blobs: string
  readonly credentials: string
  readonly rootKey: string
  /** Says where the server that runs on this directory answers; gone when none runs. */
  readonly running: string

  constructor(path: string) {
    this.path = path
    this.database = join(path, 'strongroom.sqlite')
    const index = join(path, 'ledger-index.sqlite')
    this.ledgerFiles = { database: this.database, index }
    this.anchor = join(path, 'ledger-anchor.json')
    this.postgresAnchor = join(path, 'ledger-anchor-postgres.json')
    this.blobs = join(path, 'blobs')
    this.credentials = join(path, 'credentials')
    this.rootKey = join(path, 'root.key')
    this.running = join(path, 'running.json')
  }

  /** Makes the directory when it is missing. @throws ConfigError when it cannot be used. */
  prepare(): void {
    try {
      makeFolder(this.path)
    } catch (cause) {
      const reason = (cause as Error).message
      throw new ConfigError(
        `The data directory ${this.path} cannot be made (${reason}): name another folder with --data-dir.`,
      )
    }
  }

  /** True when it is a directory that this user can look at. */
  isThere(): boolean {
    try {
      return statSync(this.path).isDirectory()
    } catch {
      return false
    }
  }

  /** Removes all state; the root key and the credentials stay. */
  removeDatabase(): void {
    for (const file of this.#stateFiles()) rmSync(file, { force: true, recursive: true })
  }

  /** Removes what was kept of a ledger in PostgreSQL, which is gone. */
  removePostgresAnchor(): void {
    rmSync(this.postgresAnchor, { force: true })
  }

  /** True when there is a database, or anything that belongs to one. */
  hasState(): boolean {
    return this.#stateFiles().some((file) => existsSync(file))
  }

  /** Moves an anchor out of the way. @returns where it is now; undefined when there is none. */
  setAnchorAside(anchor: string): string | undefined {
    if (!existsSync(anchor)) return undefined
    const folder = mkdtempSync(join(this.path, 'replaced-'))
    const aside = join(folder, basename(anchor))
    renameSync(anchor, aside)
    return aside
  }

  /** Moves all state into a folder of its own; the root key and the credentials stay. @returns the folder. */
  setAside(): string {
    const folder = mkdtempSync(join(this.path, 'replaced-'))
    for (const file of this.#stateFiles()) {
      if (existsSync(file)) renameSync(file, join(folder, basename(file)))
    }
    return folder
  }

  #stateFiles(): string[] {
    const { database, index } = this.ledgerFiles
    const databases = [database, index].flatMap((file) => ['', '-wal', '-shm'].map((suffix) => file + suffix))
    return [...databases, this.anchor, this.blobs]
  }

  /**
   * As an AWS shared credentials file: the server's own account is the default profile, others are named by their ids;
   * `administrator` and `111122223333-administrator` are those of a development server.
   */
  writeCredentials(
    accounts: readonly (RootCredentials & { accountId: string })[],
    region: string,
    administrators: ReadonlyMap<string, RootCredentials> = new Map(),
  ): void {
    const profiles = accounts.flatMap(({ accountId, ...root }, place) => {
      const administrator = administrators.get(accountId)
      const [own, administrative] =
        place === 0 ? ['default', administratorProfile] : [accountId, `${accountId}-${administratorProfile}`]
      return [
        profileOf(own, root, region),
        ...(administrator ? [profileOf(administrative, administrator, region)] : []),
      ]
    })
    writePrivateFile(this.credentials, `${profiles.join('\n\n')}\n`)
  }

  /**
   * Reads the credentials of the server's own account: its root, or the administrator of a development server.
   * @returns undefined when the server has never started here, or made no such profile.
   * @throws DataDirectoryError
   */
  readCredentials(profile = 'default'): (RootCredentials & { region: string }) | undefined {
    const section = readIfThere(this.credentials)
      ?.split(/^(?=\[)/m)
      .find((text) => text.startsWith(`[${profile}]`))
    const value = (name: string) => section?.match(new RegExp(`^${name}\\s*=\\s*(.+)$`, 'm'))?.[1]?.trim()
    const accessKeyId = value('aws_access_key_id')
    const secretAccessKey = value('aws_secret_access_key')
    if (!accessKeyId || !secretAccessKey) return undefined
    return { accessKeyId, secretAccessKey, region: value('region') ?? 'us-east-1' }
  }

  announce(facts: RunningServer): void {
    writePrivateFile(this.running, announcementOf(facts))
  }

  /** Removes what this server announced. When the directory was replaced under it, what stands there is another's. */
  withdraw(facts: RunningServer): void {
    if (readIfThere(this.running) === announcementOf(facts)) rmSync(this.running, { force: true })
  }

  /** Undefined when no server runs here. @throws DataDirectoryError */
  readAnnouncement(): RunningServer | undefined {
    const text = readIfThere(this.running)
    if (text === undefined) return undefined
    try {
      const { endpoint, pid, version } = JSON.parse(text) as RunningServer
      if (URL.canParse(endpoint)) return { endpoint, pid, version }
    } catch {
      // Not JSON: as damaged as JSON that says something else.
    }
    throw new DataDirectoryError(
      `${this.running} is damaged: remove it, or start the server again, which writes it anew.`,
    )
  }
}

/** A file of a data directory cannot be used; the message says what to do. */
export class DataDirectoryError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DataDirectoryError'
  }
}

/** The profile of a development server's administrator in the credentials file. */
export const administratorProfile = 'administrator'

const profileOf = (name: string, { accessKeyId, secretAccessKey }: RootCredentials, region: string) =>
  [
    `[${name}]`,
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `region = ${region}`,
  ].join('\n')

export interface RootCredentials {
  accessKeyId: string
  secretAccessKey: string
}

export interface RunningServer {
  endpoint: string
  pid: number
  version: string
}

const announcementOf = (facts: RunningServer) => `${JSON.stringify(facts, null, 2)}\n`

function readIfThere(file: string): string | undefined {
  try {
    return readRegularFile(file).toString()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new DataDirectoryError(
      `${file} cannot be read (${code ?? message}): name a server's data directory with --data-dir, and run as its owner.`,
    )
  }
}
