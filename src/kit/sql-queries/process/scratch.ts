import { mkdtempSync } from 'node:fs'
import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Folders of queries under the system's folder for temporary files: `strongroom-query-<pid>-<chance>`, open to the server's user
// alone. They hold rows as they are, so they go with their query; those of servers that were killed go when another one starts.

const namePattern = /^strongroom-query-(\d+)-/

const ownFolders = new Set<string>()

/** Makes a folder for a query, with one in it for the files that it is given. */
export async function makeQueryFolder(): Promise<string> {
  const path = mkdtempSync(join(tmpdir(), `strongroom-query-${process.pid}-`))
  ownFolders.add(path)
  await mkdir(join(path, 'in'), { mode: 0o700 })
  return path
}

export async function removeQueryFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  ownFolders.delete(path)
}

/** Removes what servers of this user left that were killed, with their query processes. */
export async function removeLeftQueryFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name)
    const pid = Number(namePattern.exec(name)?.[1])
    // Also one with the number of this process can be left over: in containers, servers often have the same.
    if (!pid || ownFolders.has(path) || (pid !== process.pid && isAlive(pid))) continue
    try {
      const info = await lstat(path)
      if (info.isDirectory() && info.uid === process.geteuid?.()) await rm(path, { recursive: true, force: true })
    } catch (failure) {
      // Gone already: another server had the same thought.
      if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure
    }
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
