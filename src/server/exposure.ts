import { realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DataDirectory } from './data-directory.ts'

/** Something that other users of the machine can do to a server's files. */
export interface Exposure {
  path: string
  /** `can be changed by every user` */
  what: string
  /** The command that ends it: `chmod 700 /srv/strongroom`. */
  mend: string
  /** Every user can change it, and so the server's data. */
  isOpenToChange: boolean
}

const everyoneWrites = 0o002
const groupWrites = 0o020
const sticky = 0o1000

/**
 * Looks at the data directory, what is above it and what is in it. The root key is not looked at: it is refused when it is read.
 * Group members that can write are named and do not count as open to change: volumes of containers belong to a group.
 * @returns nothing on Windows, where modes say nothing.
 */
export function exposuresOf(directory: DataDirectory): Exposure[] {
  if (process.platform === 'win32') return []
  const found = statIfThere(directory.path)
  const place = found ? realpathSync(directory.path) : directory.path
  return [
    ...aboveOf(place),
    ...(found?.isDirectory() ? [...ofDirectory(place, found), ...ofFiles(directory, found)] : []),
  ]
}

/** Returns the exposure of a file that holds a secret and is not the server's own, such as a TLS key; its group may be meant to read it. */
export function exposureOfKey(file: string): Exposure[] {
  if (process.platform === 'win32') return []
  const found = statIfThere(file)
  return found && (found.mode & 0o004) !== 0 ? [exposure(file, 'can be read by every user', 'chmod o-rwx')] : []
}

/** A user who can rename a folder above can put another data directory in the place of this one. */
function aboveOf(path: string): Exposure[] {
  const above = dirname(path)
  if (above === path) return []
  const mode = statIfThere(above)?.mode ?? 0
  const isOpen = (mode & everyoneWrites) !== 0 && (mode & sticky) === 0
  return [...aboveOf(above), ...(isOpen ? [exposure(above, 'can be changed by every user', 'chmod o-w', true)] : [])]
}

function ofDirectory(path: string, { mode }: Stats): Exposure[] {
  if (mode & everyoneWrites) return [exposure(path, 'can be changed by every user', 'chmod 700', true)]
  return mode & groupWrites ? [exposure(path, 'can be changed by its group', 'chmod 700')] : []
}

function ofFiles(
  { database, ledgerFiles, anchor, postgresAnchor, credentials }: DataDirectory,
  directory: Stats,
): Exposure[] {
  const databases = [database, ledgerFiles.index].flatMap((file) => ['', '-wal', '-shm'].map((suffix) => file + suffix))
  return [...databases, anchor, postgresAnchor, credentials].flatMap((file) => {
    const mode = statIfThere(file)?.mode ?? 0
    // Only who may enter the directory reaches the file.
    const reached = mode & ((directory.mode & 0o001 ? 0o007 : 0) | (directory.mode & 0o010 ? 0o070 : 0))
    if (reached & everyoneWrites) return [exposure(file, 'can be changed by every user', 'chmod 600', true)]
    if (reached & groupWrites) return [exposure(file, 'can be changed by its group', 'chmod 600')]
    return reached & 0o044 ? [exposure(file, 'can be read by other users', 'chmod 600')] : []
  })
}

const exposure = (path: string, what: string, command: string, isOpenToChange = false): Exposure => ({
  path,
  what,
  mend: `${command} ${path}`,
  isOpenToChange,
})

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    // What this user cannot look at is refused where it is used.
    return undefined
  }
}
