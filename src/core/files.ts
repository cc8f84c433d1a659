import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

// Paths come from people, so they may lead to anything: what would wait or never end is refused before it is read.

/** Something is there, but not what was asked for; the message says what it is: `it is a FIFO, not a file`. */
export class WrongFileKindError extends Error {
  constructor(found: Stats, wanted: 'a file' | 'a folder') {
    super(`it is ${kindOf(found)}, not ${wanted}`)
    this.name = 'WrongFileKindError'
  }
}

const kindOf = (found: Stats): string => {
  if (found.isFile()) return 'a file'
  if (found.isDirectory()) return 'a folder'
  if (found.isFIFO()) return 'a FIFO'
  return found.isSocket() ? 'a socket' : 'a device'
}

/** Checks that a path names a regular file. Follows links. @throws WrongFileKindError; the system's error where there is nothing. */
export function requireRegularFile(file: string): void {
  const found = statSync(file)
  if (!found.isFile()) throw new WrongFileKindError(found, 'a file')
}

/**
 * Reads a regular file.
 * @param limitBytes - a larger one is refused.
 * @param check - sees the file that is read, before it is read.
 * @throws WrongFileKindError, RangeError (too large), the system's errors, what `check` throws.
 */
export function readRegularFile(file: string, limitBytes = 1 << 20, check: (found: Stats) => void = () => {}): Buffer {
  // Without O_NONBLOCK, opening a FIFO waits for one who writes to it. Windows has neither.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw new WrongFileKindError(found, 'a file')
    check(found)
    return readAtMost(descriptor, limitBytes)
  } finally {
    closeSync(descriptor)
  }
}

/** Files under /proc say that they are empty, so the end is where reading ends. */
function readAtMost(descriptor: number, limitBytes: number): Buffer {
  const parts: Buffer[] = []
  for (let bytes = 0; bytes <= limitBytes; ) {
    const part = Buffer.allocUnsafe(64 * 1024)
    const count = readSync(descriptor, part)
    if (count === 0) return Buffer.concat(parts)
    parts.push(part.subarray(0, count))
    bytes += count
  }
  throw new RangeError(`it is larger than ${limitBytes} bytes`)
}

/**
 * Makes a folder that only its owner may enter, and what is missing above it, when it is not there.
 * One folder at a time: Node's recursive `mkdir` never ends where a file system refuses with ENOENT, as /proc does.
 * @throws WrongFileKindError, the system's errors.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      requireFolder(path)
      return
    }
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || isThere(parent)) throw failure
    makeFolder(parent)
    mkdirSync(path, { mode: 0o700 })
  }
}

function requireFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new Error('it is a link to nothing')
  if (!found.isDirectory()) throw new WrongFileKindError(found, 'a folder')
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined

/**
 * Writes a file that only its owner reads, whole or not at all, in the place of whatever has its name: a link there is not
 * followed, and on a full disk the file that was there stays.
 * @throws the system's errors, with `path` as the file that was to be written.
 */
export function writePrivateFile(file: string, text: string): void {
  const draft = `${file}.${randomUUID()}`
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    renameSync(draft, file)
  } catch (failure) {
    rmSync(draft, { force: true })
    throw Object.assign(failure as Error, { path: file, dest: file })
  }
}
