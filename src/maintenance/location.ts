import { requireRegularFile } from '../core/files.ts'
import type { RootKeySource } from '../crypto/root-key.ts'

// What is done to a server's data from outside the server, while it runs or when it does not.

/** Thrown when a maintenance command cannot be done, with a message for the operator. Nothing was changed. */
export class MaintenanceError extends Error {
  override name = 'MaintenanceError'
}

/** The data and what opens it. The root key is the file in the data directory unless another is given. */
export interface DataLocation {
  dataDir: string
  rootKey?: RootKeySource
}

export type Progress = (done: number, total: number) => void

/** @throws MaintenanceError - there is no such file, or it is a folder, a FIFO, a device. */
export function requireFile(file: string, what: 'file' | 'database'): void {
  try {
    requireRegularFile(file)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new MaintenanceError(
      code === 'ENOENT' ? `There is no ${what} ${file}: check the path.` : `${file} cannot be read: ${message}.`,
      { cause },
    )
  }
}

/**
 * Runs work on a file, and words what SQLite or the file system say of it.
 * @param complaint - what the message says before the reason: `backup.sqlite cannot be written`.
 * @throws MaintenanceError for these; anything else as it is.
 */
export async function explaining<R>(complaint: string, work: () => R | Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (cause) {
    if (!isOfTheFile(cause)) throw cause
    throw new MaintenanceError(`${complaint}: ${cause.message}.`, { cause })
  }
}

/** SQLite's failures have an `errcode`, numbers too large for its interface a code of Node's, the file system's a `syscall`. */
const isOfTheFile = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  ('errcode' in cause || 'syscall' in cause || ('code' in cause && cause.code === 'ERR_OUT_OF_RANGE'))
