import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { readRegularFile } from '../core/files.ts'
import { parseRootKey, RootKeyError } from './root-key-text.ts'

/**
 * Reads the root key from a file.
 * @returns undefined when there is no such file.
 * @throws RootKeyError when other users than its owner can read it, or when it does not hold a key.
 */
export function readKeyFile(file: string): Buffer | undefined {
  let text: string
  try {
    text = readRegularFile(file, 4096, ({ mode }) => refuseReadableByOthers(file, mode)).toString()
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    if (cause instanceof RootKeyError) throw cause
    throw new RootKeyError(`The key file ${file} cannot be read: ${reasonOf(cause)}.`, { cause })
  }
  return parseRootKey(text, file)
}

/**
 * Creates the file with a new random key, readable by its owner alone; what was sealed under the key is written only once
 * the file is durable. When another process creates it at the same time, both get the same key.
 */
export function createKeyFile(file: string): Buffer {
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  try {
    const descriptor = openSync(draft, 'wx', 0o600)
    try {
      writeSync(descriptor, `${randomBytes(32).toString('base64')}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    linkIfMissing(draft, file)
    syncDirectory(dirname(file))
  } catch (cause) {
    throw new RootKeyError(`The key file ${file} cannot be created: ${reasonOf(cause)}.`, { cause })
  } finally {
    rmSync(draft, { force: true })
  }
  const key = readKeyFile(file)
  if (!key) throw new RootKeyError(`The key file ${file} is gone as soon as it was created.`)
  return key
}

function refuseReadableByOthers(file: string, mode: number): void {
  // Windows has no such bits; there the directory's access list protects the file.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  throw new RootKeyError(`The key file ${file} is open to other users (mode ${octal}). Close it: chmod 600 ${file}`)
}

/** A link, unlike a rename, never replaces a key that is already there. */
function linkIfMissing(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
  }
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
