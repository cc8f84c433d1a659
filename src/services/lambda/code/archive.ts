import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { couldNotUnzip, unzippedTooLarge, zippedTooLarge } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'

/** A file of an archive. */
export interface ArchivedFile {
  /** Relative, with `/` between its parts; no part is `..`, and none is too long for a file system. */
  path: string
  executable: boolean
  /** Of its contents. */
  crc32: number
  open(): Promise<Readable>
}

/** Archives of functions have far fewer entries. */
const maxEntries = 100_000
const maxNameBytes = 255
const maxPathBytes = 2048

const fileTypeMask = 0o170000
const regularFile = 0o100000
const directory = 0o040000

/**
 * Goes through a zip archive, one file after another.
 * Refuses all but archives of plain files: links and devices, encrypted entries, paths that lead elsewhere, a file where
 * another entry needs a folder, sizes that are not what they are said to be, and more than Lambda's limits.
 * @param visit - may read each file, or leave it.
 * @throws ServiceError RequestEntityTooLargeException, InvalidParameterValueException. What `visit` throws passes through.
 */
export async function readArchive(zip: Buffer, visit: (file: ArchivedFile) => Promise<void>): Promise<void> {
  if (zip.length >= quotas.zippedBytes) throw zippedTooLarge()
  const { archive, entries } = await openArchive(zip)
  try {
    for (const [path, entry] of plainFiles(entries)) {
      const executable = (modeOf(entry) & 0o111) !== 0
      await visit({ path, executable, crc32: entry.crc32, open: () => openEntry(archive, entry) })
    }
  } finally {
    archive.close()
  }
}

/** Reads an archive whole, as unpacking would, and keeps nothing. @throws ServiceError as `readArchive`. */
export const checkArchive = (zip: Buffer): Promise<void> =>
  readArchive(zip, async (file) => {
    if ((await checksumOf(file)) !== file.crc32) throw couldNotUnzip()
  })

/** Undefined for what cannot be inflated, or has another size than its directory says. */
async function checksumOf(file: ArchivedFile): Promise<number | undefined> {
  let sum = 0
  try {
    for await (const chunk of await file.open()) sum = crc32(chunk as Buffer, sum)
  } catch {
    // yauzl and zlib throw for nothing but what is wrong with the archive.
    return undefined
  }
  return sum
}

async function openArchive(zip: Buffer): Promise<{ archive: ZipFile; entries: Entry[] }> {
  const archive = await new Promise<ZipFile>((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true }
    fromBuffer(zip, options, (failure, opened) => (failure ? reject(couldNotUnzip()) : resolve(opened)))
  })
  if (archive.entryCount > maxEntries) throw couldNotUnzip()
  const entries = await new Promise<Entry[]>((resolve, reject) => {
    const read: Entry[] = []
    archive.on('entry', (entry: Entry) => {
      read.push(entry)
      if (read.length > maxEntries) reject(couldNotUnzip())
      else archive.readEntry()
    })
    archive.on('end', () => resolve(read))
    archive.on('error', () => reject(couldNotUnzip()))
    archive.readEntry()
  })
  return { archive, entries }
}

/** The files by path; of entries with one name the last counts. @throws ServiceError */
function plainFiles(entries: readonly Entry[]): Map<string, Entry> {
  const files = new Map<string, Entry>()
  const folders = new Set<string>()
  for (const entry of entries) {
    const isFolder = entry.fileName.endsWith('/')
    const path = plainPath(entry.fileName)
    const type = modeOf(entry) & fileTypeMask
    if (entry.isEncrypted() || (type !== 0 && type !== (isFolder ? directory : regularFile))) throw couldNotUnzip()
    for (const folder of foldersOf(path)) folders.add(folder)
    if (isFolder) folders.add(path)
    else files.set(path, entry)
  }
  let total = 0
  for (const [path, { uncompressedSize }] of files) {
    if (path === '' || folders.has(path)) throw couldNotUnzip()
    total += uncompressedSize
  }
  if (total >= quotas.unzippedBytes) throw unzippedTooLarge()
  return files
}

/** `a/b` of `./a//b/`. yauzl has refused absolute paths, backslashes and `..` by now. */
function plainPath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const tooLong = Buffer.byteLength(name) > maxPathBytes || parts.some((part) => Buffer.byteLength(part) > maxNameBytes)
  if (tooLong || name.includes('\0') || name.startsWith('/') || parts.includes('..')) throw couldNotUnzip()
  return parts.join('/')
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Unix permissions and file type; 0 in archives of systems that have none. */
const modeOf = ({ externalFileAttributes }: Entry) => externalFileAttributes >>> 16

const openEntry = (archive: ZipFile, entry: Entry) =>
  new Promise<Readable>((resolve, reject) => {
    archive.openReadStream(entry, (failure, stream) => (failure ? reject(failure) : resolve(stream)))
  })
