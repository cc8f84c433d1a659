import { randomUUID } from 'node:crypto'
import { copyFile, lchown, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRoot, releaseHostId, takeHostId } from '../execution/host-ids.ts'
import { makeFolder, removeTree, setFolderMode } from '../execution/owned-tree.ts'
import { readArchive } from './archive.ts'
import { findSdkFolder } from './host-sdk.ts'
import { makeServerFolder, removeHomeOf, removeLeftovers, removeServerFolder } from './server-folders.ts'

/** What the environments of all functions have in common. */
export interface CommonFolders {
  base: string
  /** What every environment sees, relative to `base`. */
  shared: readonly string[]
  certificateFile?: string
}

/** Code that is ready to run. */
export interface CodeFolder {
  path: string
  /** Of its files. */
  bytes: number
  /** The group that it was lent to. */
  group?: number
}

/** What one environment may write to. */
export interface HomeFolder {
  path: string
  /** Number of the user whose it is and of nothing else; absent for the server's user. */
  user?: number
}

/** How much unpacked code is kept for the next cold start, beside what is in use. */
const mostKept = { folders: 20, bytes: 512 * 1024 * 1024 }

/**
 * Code unpacked for processes to run, in a folder of this server's own that is gone when it stops:
 *
 * ```
 * strongroom-lambda-<pid>-<chance>/
 *   node_modules/@aws-sdk → the AWS SDK for JavaScript of this machine, where it has one
 *   certificates/          the one that the server shows, where it speaks TLS
 *   code/<chance>/         read-only, shared by the environments of one version
 *   homes/<chance>/        of one environment: its HOME and TMPDIR
 *   view/                  empty; where the view that a confined process has of all this is put together
 * ```
 *
 * Only the server's user can write to these folders but for the homes. Other users pass through, see no names, and enter
 * only what is their own. Where functions run as the server's user, other users do not even pass.
 */
export class CodeFolders {
  readonly #certificateFile: string | undefined
  readonly #onFault: (fault: unknown) => void
  readonly #kept: typeof mostKept
  #common: Promise<CommonFolders> | undefined
  /** By code id, the least recently used first. */
  readonly #unpacked = new Map<string, Promise<CodeFolder>>()

  /**
   * @param certificateFile - PEM file of the certificate that the server shows, where it speaks TLS.
   * @param onFault - hears of what killed servers left and cannot be removed.
   */
  constructor(onFault: (fault: unknown) => void, certificateFile?: string, kept = mostKept) {
    this.#onFault = onFault
    this.#kept = kept
    this.#certificateFile = certificateFile
  }

  /** Returns what all functions have in common. */
  common(): Promise<CommonFolders> {
    if (this.#common) return this.#common
    const made = makeCommon(this.#onFault, this.#certificateFile)
    this.#common = made
    made.catch(() => {
      this.#common = undefined
    })
    return made
  }

  /**
   * The folder of a version's code; unpacked on first use.
   * @param load - gives the archive.
   */
  async unpacked(codeId: string, load: () => Promise<Buffer>): Promise<CodeFolder> {
    const known = this.#unpacked.get(codeId)
    const folder = known ?? this.#unpack(load)
    this.#unpacked.delete(codeId)
    this.#unpacked.set(codeId, folder)
    try {
      return await folder
    } catch (failure) {
      this.#unpacked.delete(codeId)
      throw failure
    }
  }

  /** Removes the code that was used longest ago, once there is much of it. @param inUse - code ids to leave. */
  async prune(inUse: ReadonlySet<string>): Promise<void> {
    const left = { ...this.#kept }
    for (const [codeId, unpacking] of [...this.#unpacked].reverse()) {
      if (inUse.has(codeId)) continue
      // One that failed rejected for its callers, and leaves nothing to remove.
      const folder = await unpacking.catch(() => undefined)
      if (!folder || this.#unpacked.get(codeId) !== unpacking) continue
      left.folders--
      left.bytes -= folder.bytes
      if (left.folders >= 0 && left.bytes >= 0) continue
      this.#unpacked.delete(codeId)
      await removeTree(folder.path)
      giveBack(folder)
    }
  }

  /** Lets a group of the code's own read it, and no other. Needs root. @returns the group's number. */
  async lend(code: CodeFolder): Promise<number> {
    code.group ??= newNumber()
    await lchown(code.path, 0, code.group)
    return code.group
  }

  /** A new folder that one environment may write to. @param forUser - of a user of its own, which needs root. */
  async newHome(forUser: boolean): Promise<HomeFolder> {
    const path = join((await this.common()).base, 'homes', randomUUID())
    await makeFolder(path, 0o700)
    if (!forUser) return { path }
    const user = newNumber()
    await lchown(path, user, user)
    return { path, user }
  }

  /** Removes a home, and ends whatever its user still runs, where it has one. */
  async removeHome({ path, user }: HomeFolder): Promise<void> {
    if (user === undefined) return removeTree(path)
    await removeHomeOf(user, path)
    releaseHostId(user)
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    const common = this.#common
    const unpacked = await Promise.allSettled(this.#unpacked.values())
    this.#common = undefined
    this.#unpacked.clear()
    if (common) await removeServerFolder((await common).base)
    for (const folder of unpacked) if (folder.status === 'fulfilled') giveBack(folder.value)
  }

  async #unpack(load: () => Promise<Buffer>): Promise<CodeFolder> {
    const { base } = await this.common()
    const path = join(base, 'code', randomUUID())
    await makeFolder(path, 0o700)
    try {
      return { path, bytes: await unpackInto(path, await load()) }
    } catch (failure) {
      await removeTree(path)
      throw failure
    }
  }
}

/** Unpacks an archive and makes all of it read-only. @returns how many bytes its files have. */
async function unpackInto(path: string, archive: Buffer): Promise<number> {
  const folders = new Set<string>([path])
  let bytes = 0
  await readArchive(archive, async (entry) => {
    const file = join(path, entry.path)
    const parent = dirname(file)
    if (!folders.has(parent)) await mkdir(parent, { recursive: true, mode: 0o700 })
    for (let made = parent; !folders.has(made); made = dirname(made)) folders.add(made)
    const handle = await open(file, 'wx', 0o600)
    try {
      // Not by way of the umask, which may leave out those that the code is for.
      await handle.chmod(entry.executable ? 0o555 : 0o444)
      await handle.writeFile(await entry.open())
      bytes += (await handle.stat()).size
    } finally {
      await handle.close()
    }
  })
  folders.delete(path)
  for (const made of folders) await setFolderMode(made, 0o555)
  await setFolderMode(path, 0o550)
  return bytes
}

async function makeCommon(onFault: (fault: unknown) => void, certificate: string | undefined): Promise<CommonFolders> {
  await removeLeftovers(onFault)
  const base = makeServerFolder()
  try {
    return await fillServerFolder(base, certificate)
  } catch (failure) {
    await removeServerFolder(base)
    throw failure
  }
}

async function fillServerFolder(base: string, certificate: string | undefined): Promise<CommonFolders> {
  const passable = isRoot() ? 0o711 : 0o700
  for (const name of ['code', 'homes']) await makeFolder(join(base, name), passable)
  for (const name of ['node_modules', 'certificates', 'view']) await makeFolder(join(base, name), 0o755)
  const sdkFolder = findSdkFolder()
  if (sdkFolder !== undefined) await symlink(sdkFolder, join(base, 'node_modules', '@aws-sdk'))
  const certificateFile = certificate && join(base, 'certificates', 'server.pem')
  if (certificate && certificateFile) await copyReadable(certificate, certificateFile)
  await setFolderMode(base, passable)
  return { base, shared: ['node_modules', 'certificates'], certificateFile }
}

/** A copy that every user may read: the original may lie where functions may not look. */
async function copyReadable(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  const copy = await open(to, 'r')
  try {
    await copy.chmod(0o444)
  } finally {
    await copy.close()
  }
}

function giveBack({ group }: CodeFolder): void {
  if (group !== undefined) releaseHostId(group)
}

function newNumber(): number {
  const number = takeHostId()
  if (number === undefined) throw new Error('this system has no free numbers for users and groups')
  return number
}
