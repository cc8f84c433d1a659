import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { chmod, lstat, mkdir, open, readdir, realpath, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isRoot } from './host-ids.ts'

/** A folder belongs to another user, or is none: it is left as it is. */
export class NotOwnFolderError extends Error {
  constructor(path: string) {
    super(`${path} is not a folder of this server's own: it is left alone.`)
    this.name = 'NotOwnFolderError'
  }
}

/** A folder of this user's own that stays the same one, whatever is put in the place of its path. */
interface OpenFolder {
  /** Leads to the folder itself. */
  path: string
  mode: number
  close(): Promise<void>
}

/** Linux's flag to refer to a file without opening it, which needs no permission on it; Node.js does not name it. */
const O_PATH = 0o10000000

const hasDescriptorPaths = process.platform === 'linux' && existsSync('/proc/self/fd')

/**
 * Opens a folder of this user's own, which is not reached through a link in its last place. Where the system has no paths for
 * descriptors (it is Linux that has), the folder is looked at only.
 * @throws NotOwnFolderError; ErrnoException.
 */
async function openFolder(path: string): Promise<OpenFolder> {
  if (!hasDescriptorPaths) {
    const info = await lstat(path)
    if (!info.isDirectory() || info.uid !== process.geteuid?.()) throw new NotOwnFolderError(path)
    return { path, mode: info.mode, close: async () => {} }
  }
  const handle = await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch((failure) => {
    throw failure.code === 'ENOTDIR' || failure.code === 'ELOOP' ? new NotOwnFolderError(path) : failure
  })
  const { uid, mode } = await handle.stat()
  if (uid === process.geteuid?.()) return { path: `/proc/self/fd/${handle.fd}`, mode, close: () => handle.close() }
  await handle.close()
  throw new NotOwnFolderError(path)
}

/** Makes a folder with exactly this mode, whatever the umask is. Its parent must be one that only this user can write to. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  await setFolderMode(path, mode)
}

/** Changes the mode of a folder of this user's own. @throws NotOwnFolderError - also for a link. */
export async function setFolderMode(path: string, mode: number): Promise<void> {
  const folder = await openFolder(path)
  try {
    await chmod(folder.path, mode)
  } finally {
    await folder.close()
  }
}

/**
 * Removes a folder of this user's own with all that is in it. Links in it are removed, never followed, also those that are put
 * there while this runs; nothing is done to a folder that belongs to another user.
 * @throws NotOwnFolderError; ErrnoException - ENOTEMPTY when something is added meanwhile.
 */
export async function removeTree(path: string): Promise<void> {
  const top = await openFolder(path).catch(undefinedWhenGone)
  if (!top) return
  try {
    await makeUsable(top)
    // Folders within are moved up and emptied here, so that no depth takes more than two descriptors.
    const pending = await readdir(top.path)
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      for (const moved of await removeOrMoveUp(top, name)) pending.push(moved)
    }
  } finally {
    await top.close()
  }
  await rmdir(path)
}

/** @returns names under which the folders that were in it are now in `top`. */
async function removeOrMoveUp(top: OpenFolder, name: string): Promise<string[]> {
  const path = `${top.path}/${name}`
  if (await isRemoved(path)) return []
  const folder = await openFolder(path)
  const moved: string[] = []
  try {
    await makeUsable(folder)
    for (const entry of await readdir(folder.path)) {
      const inner = `${folder.path}/${entry}`
      if (await isRemoved(inner)) continue
      // What is moved to another folder must be writable itself.
      const innerFolder = await openFolder(inner)
      await makeUsable(innerFolder).finally(() => innerFolder.close())
      const place = randomUUID()
      await rename(inner, `${top.path}/${place}`)
      moved.push(place)
    }
  } finally {
    await folder.close()
  }
  await rmdir(path)
  return moved
}

/** Removes a file or link. @returns false for a folder, which stays. */
async function isRemoved(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException
    if (code === 'ENOENT') return true
    // Linux says the first of a folder, other systems the second.
    if (code === 'EISDIR' || (code === 'EPERM' && (await lstat(path)).isDirectory())) return false
    throw failure
  }
}

/** Read-only folders keep their files, but from root. */
async function makeUsable({ path, mode }: OpenFolder): Promise<void> {
  if (!isRoot() && (mode & 0o700) !== 0o700) await chmod(path, 0o700)
}

function undefinedWhenGone(failure: NodeJS.ErrnoException): undefined {
  if (failure.code !== 'ENOENT') throw failure
}

const sticky = 0o1000
const writableByOthers = 0o022

/**
 * The folder at or above a path in which another user could put something else in the place of what is below; undefined
 * when there is none, and the path leads where it did for as long as neither root nor this user changes it.
 */
export async function changeableByOthers(path: string): Promise<string | undefined> {
  const trusted = [0, process.geteuid?.()]
  for (let folder = await realpath(path); ; folder = dirname(folder)) {
    const { uid, mode } = await lstat(folder)
    if (!trusted.includes(uid) || ((mode & writableByOthers) !== 0 && (mode & sticky) === 0)) return folder
    if (folder === dirname(folder)) return undefined
  }
}
