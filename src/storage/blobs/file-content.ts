import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StoreUnavailableError } from '../../core/store.ts'
import { type BlobContent, type OpenContent, partBytes } from './blob-content.ts'

/**
 * Contents in files of a folder. A file has its name from the start: nothing looks for it before a document names it, so that
 * there is nothing that a rename would keep from being seen half.
 */
export class FileContent implements BlobContent {
  /** Writes of a mebibyte take half the time of four smaller ones. */
  readonly partsTogether = 4
  /** A file that is open keeps its bytes when its name is removed. */
  readonly staysForReadersMs = 0
  readonly #folder: string
  /** Folders whose names are known to be durable. */
  readonly #made = new Set<string>()

  /** @param folder - made when the first content comes, readable by its owner alone. */
  constructor(folder: string) {
    this.#folder = folder
  }

  async write(id: string, parts: AsyncIterable<Buffer>): Promise<void> {
    const file = this.fileOf(id)
    await onDisk(() => this.#makeFolders(dirname(file)))
    const handle = await onDisk(() => open(file, 'wx', 0o600))
    try {
      let writing: Promise<void> | undefined
      try {
        // A part is written while the next one comes in and is sealed.
        for await (const part of parts) {
          await writing
          writing = onDisk(() => writeWhole(handle, part))
          // Its failure is thrown where it is awaited.
          writing.catch(() => {})
        }
        await writing
        await onDisk(() => handle.sync())
      } finally {
        await writing?.catch(() => {})
        await handle.close()
      }
      await onDisk(() => sync(dirname(file)))
    } catch (failure) {
      // At once: the disk may be full.
      await rm(file, { force: true })
      throw failure
    }
  }

  async open(id: string): Promise<OpenContent> {
    const handle = await onDisk(() => open(this.fileOf(id), 'r'))
    return {
      part: (number) =>
        onDisk(async () => {
          const bytes = Buffer.allocUnsafe(partBytes)
          let length = 0
          while (length < partBytes) {
            const position = number * partBytes + length
            const { bytesRead } = await handle.read(bytes, length, partBytes - length, position)
            if (bytesRead === 0) break
            length += bytesRead
          }
          return bytes.subarray(0, length)
        }),
      close: () => handle.close(),
    }
  }

  async delete(id: string): Promise<void> {
    await onDisk(() => rm(this.fileOf(id), { force: true }))
  }

  /** Returns the path of a blob's file, in one of 256 folders by its first two digits. @throws Error for text that is not an id. */
  fileOf(id: string): string {
    if (!uuid.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of a blob`)
    return join(this.#folder, id.slice(0, 2), id)
  }

  async #makeFolders(folder: string): Promise<void> {
    // Each time: they may have been removed under the server.
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (made === undefined && this.#made.has(folder)) return
    await sync(this.#folder)
    await sync(dirname(this.#folder))
    this.#made.add(folder)
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten
  }
}

/** Makes the names in a folder durable. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function onDisk<R>(action: () => Promise<R>): Promise<R> {
  try {
    return await action()
  } catch (cause) {
    // Without the path: the folder is the machine's own business.
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new StoreUnavailableError(`The files of the server cannot be used now (${code}).`, { cause })
  }
}
