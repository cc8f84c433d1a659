import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { makeFolder } from '../core/files.ts'
import { readSection, writeSection } from './ini-section.ts'
import { UserError } from './user-error.ts'

export interface Profile {
  name: string
  accessKeyId: string
  secretAccessKey: string
  region: string
  endpoint: string
}

/** The two files in which AWS clients look for profiles. */
export interface ProfileFiles {
  credentials: string
  config: string
}

/**
 * Writes a profile into both files and leaves everything else in them as it was.
 * @param replace - also in place of access keys that are not Strongroom's, of which a copy is kept.
 * @returns the copies that were kept.
 * @throws UserError - access keys of others' are as they were, and each file is whole.
 */
export function writeProfile(profile: Profile, files: ProfileFiles, replace: boolean): string[] {
  try {
    return writeBoth(profile, files, replace)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === undefined) throw cause
    throw new UserError(
      `the profile cannot be written (${message}): let AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name files that ` +
        'this user may write, or print it with --format profile.',
    )
  }
}

function writeBoth(profile: Profile, files: ProfileFiles, replace: boolean): string[] {
  const { name, accessKeyId, secretAccessKey, region, endpoint } = profile
  const credentialsFile = openFile(files.credentials, true)
  const other = openFile(files.config, false)
  const configFile = other.path === credentialsFile.path ? credentialsFile : other
  const isSecrets = (header: string) => header === name
  const isOfKind = (header: string, kind: string) => {
    const [first, second = '', ...rest] = header.trim().split(/\s+/)
    return first === kind && second.replace(/^(["'])(.*)\1$/, '$2') === name && rest.length === 0
  }
  const isSettings = (header: string) => isOfKind(header, 'profile') || (name === 'default' && header.trim() === name)
  const isServices = (header: string) => isOfKind(header, 'services')
  const before = readSection(credentialsFile.text, isSecrets)?.aws_access_key_id
  // Keys of another Strongroom that answered at the same place are Strongroom's too: its data was removed since.
  const isOurs = before === accessKeyId || readSection(configFile.text, isSettings)?.endpoint_url === endpoint
  const isForeign = before !== undefined && !isOurs
  if (isForeign && !replace) {
    throw new UserError(
      `the profile ${name} in ${files.credentials} has an access key that is not this server's: give another name, or ` +
        '--replace, which keeps a copy of the file.',
    )
  }
  const secrets = {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
    aws_session_token: undefined,
  }
  credentialsFile.text = writeSection(credentialsFile.text, isSecrets, `[${name}]`, secrets)
  const header = name === 'default' ? '[default]' : `[profile ${name}]`
  const settings = { region, endpoint_url: endpoint, services: name }
  configFile.text = writeSection(configFile.text, isSettings, header, settings)
  configFile.text = writeSection(configFile.text, isServices, `[services ${name}]`, { sts: stsEndpoint(endpoint) })
  const changed = [...new Set([credentialsFile, configFile])]
  const copies = isForeign ? changed.flatMap(keepCopy) : []
  for (const file of changed) replaceFile(file)
  return copies
}

/**
 * The lines of a `services` section. `endpoint_url` of a profile holds for every service, yet SDKs for Go do not look at it
 * when they assume the profile's role: they find STS here, or go to AWS.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export const servicesOf = (endpoint: string) => `sts =${stsEndpoint(endpoint)}`

const stsEndpoint = (endpoint: string) => `\n  endpoint_url = ${endpoint}`

/** A file as it is to be; its bytes stand for characters one by one, so that those which are not UTF-8 survive. */
interface OpenFile {
  /** Where it really is: a link stays a link. */
  path: string
  /** Undefined when there is no file yet. */
  found: Stats | undefined
  text: string
  /** Then it is made readable by its owner alone, even when it was not before. */
  hasSecrets: boolean
}

function openFile(name: string, hasSecrets: boolean): OpenFile {
  const path = targetOf(name)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && !found.isFile())
    throw new UserError(`${name} is not a file that a profile can be written to: name another.`)
  return { path, found, text: found ? readFileSync(path, 'latin1') : '', hasSecrets }
}

/** Follows links, also to a file that is not there yet. @throws UserError - another user may have put it there. */
function targetOf(name: string, linksLeft = 40): string {
  const found = lstatSync(name, { throwIfNoEntry: false })
  if (!found && !existsSync(dirname(name))) return resolve(name)
  if (found && isPlanted(found, name)) {
    throw new UserError(
      `${name} belongs to another user, who would get the access key: remove it, or name another file.`,
    )
  }
  const folder = realpathSync(dirname(name))
  if (!found?.isSymbolicLink()) return join(folder, basename(name))
  if (linksLeft === 0) throw new UserError(`${name} is a link that leads to itself: remove it, or name another file.`)
  return targetOf(resolve(folder, readlinkSync(name)), linksLeft - 1)
}

/**
 * True for a link of another user's, which leads where that user wants, and for a file of another user's that is not in that
 * user's own folder. What is root's is the system's.
 */
function isPlanted(found: Stats, path: string): boolean {
  const own = process.getuid?.()
  if (own === undefined || found.uid === own || found.uid === 0) return false
  return found.isSymbolicLink() || found.uid !== statSync(dirname(path)).uid
}

function keepCopy({ path, found }: OpenFile): string[] {
  if (!found) return []
  for (let number = 1; ; number++) {
    const copy = `${path}.before-strongroom${number === 1 ? '' : `-${number}`}`
    try {
      copyFileSync(path, copy, constants.COPYFILE_EXCL)
      chmodSync(copy, 0o600)
      return [copy]
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    }
  }
}

/** By way of a draft, so that no client ever reads half a file. */
function replaceFile({ path, found, text, hasSecrets }: OpenFile): void {
  makeFolder(dirname(path))
  const draft = `${path}.strongroom-${process.pid}`
  try {
    const descriptor = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text, 'latin1')
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    if (found) {
      // As root, the file of the person whose it is.
      if (process.getuid?.() === 0) chownSync(draft, found.uid, found.gid)
      chmodSync(draft, found.mode & (hasSecrets ? 0o600 : 0o7777))
    }
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}
