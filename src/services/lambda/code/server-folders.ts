import { mkdtempSync } from 'node:fs'
import { lstat, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endUser } from '../execution/host-command.ts'
import { isHostId, isRoot } from '../execution/host-ids.ts'
import { removeTree } from '../execution/owned-tree.ts'

// Folders of servers under the system's folder for temporary files: `strongroom-lambda-<pid>-<chance>`, each made and owned
// by its server, with the homes of functions in `homes`.

const namePattern = /^strongroom-lambda-(\d+)-/

/** Those that servers in this process have made. */
const ownFolders = new Set<string>()

/** Makes a new one, closed to all other users. */
export function makeServerFolder(): string {
  // In one turn: no other server in this process may take it for a left-over in between.
  const path = mkdtempSync(join(tmpdir(), `strongroom-lambda-${process.pid}-`))
  ownFolders.add(path)
  return path
}

/** Removes one with all that is in it. @throws NotOwnFolderError - something in it could not be removed by its owner. */
export async function removeServerFolder(path: string): Promise<void> {
  for (const name of await namesIn(join(path, 'homes'))) {
    const home = join(path, 'homes', name)
    const { uid } = await lstat(home)
    if (uid !== process.geteuid?.()) await removeHomeOf(uid, home)
  }
  await removeTree(path)
  ownFolders.delete(path)
}

/** Removes the home of a function that has a user of its own, and ends what that user still runs. @throws ErrnoException. */
export async function removeHomeOf(user: number, home: string): Promise<void> {
  if (isRoot() && isHostId(user)) await endUser(user, home)
  await rmdir(home)
}

/**
 * Removes what servers of this user left that were killed.
 * @param onFault - hears of what cannot be removed.
 */
export async function removeLeftovers(onFault: (fault: unknown) => void): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name)
    const pid = Number(namePattern.exec(name)?.[1])
    // Also one with the number of this process can be left over: in containers, servers often have the same.
    if (!pid || ownFolders.has(path) || (pid !== process.pid && isAlive(pid))) continue
    try {
      const info = await lstat(path)
      if (info.isDirectory() && info.uid === process.geteuid?.()) await removeServerFolder(path)
    } catch (failure) {
      // Gone already: another server had the same thought.
      if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') onFault(failure)
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw failure
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    // It is there, and another user's.
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}
