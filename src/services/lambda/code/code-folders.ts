import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { newHostId } from '../execution/host-ids.ts'
import { readArchive } from './archive.ts'

const prefix = 'strongroom-lambda-'

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
  /** The group that it was lent to. */
  group?: number
}

/** How much unpacked code is kept for the next cold start, beside what is in use. */
const maxKept = 20

/**
 * Code unpacked for processes to run, in a folder of this server's own that is gone when it stops:
 *
 * ```
 * strongroom-lambda-<pid>-<chance>/
 *   node_modules/@aws-sdk → of this installation, where functions find the AWS SDK for JavaScript as on Lambda
 *   certificates/          the one that the server shows, where it speaks TLS
 *   code/<code id>/        read-only, shared by the environments of one version
 *   homes/<chance>/        of one environment: its HOME and TMPDIR
 *   view/                  empty; where the view that a confined process has of all this is put together
 * ```
 *
 * Whoever is not the server's user passes through, but sees no names, and enters only what is its own.
 */
export class CodeFolders {
  readonly #certificateFile: string | undefined
  #common: Promise<CommonFolders> | undefined
  /** By code id, the least recently used first. */
  readonly #unpacked = new Map<string, Promise<CodeFolder>>()

  /** @param certificateFile - PEM file of the certificate that the server shows, where it speaks TLS. */
  constructor(certificateFile?: string) {
    this.#certificateFile = certificateFile
  }

  /** What all functions have in common. */
  common(): Promise<CommonFolders> {
    this.#common ??= makeCommon(this.#certificateFile)
    return this.#common
  }

  /**
   * The folder of a version's code; unpacked on first use.
   * @param load - gives the archive.
   */
  async unpacked(codeId: string, load: () => Promise<Buffer>): Promise<CodeFolder> {
    const known = this.#unpacked.get(codeId)
    const folder = known ?? this.#unpack(codeId, load)
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
    const idle = [...this.#unpacked.keys()].filter((codeId) => !inUse.has(codeId))
    for (const codeId of idle.slice(0, Math.max(0, idle.length - maxKept))) {
      const folder = this.#unpacked.get(codeId)
      this.#unpacked.delete(codeId)
      if (folder) await removeTree((await folder).path)
    }
  }

  /** Lets a group of the code's own read it, and no other. Needs root. @returns the group's number. */
  async lend(code: CodeFolder): Promise<number> {
    code.group ??= newHostId()
    await chown(code.path, 0, code.group)
    return code.group
  }

  /** A new folder that one environment may write to. @param user - whose it is; by default the server's. */
  async newHome(user?: number): Promise<string> {
    const home = join((await this.common()).base, 'homes', randomUUID())
    await mkdir(home, { mode: 0o700 })
    if (user !== undefined) await chown(home, user, user)
    return home
  }

  async removeHome(home: string): Promise<void> {
    await removeTree(home)
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    const common = this.#common
    this.#common = undefined
    this.#unpacked.clear()
    if (common) await removeTree((await common).base)
  }

  async #unpack(codeId: string, load: () => Promise<Buffer>): Promise<CodeFolder> {
    const { base } = await this.common()
    const path = join(base, 'code', codeId)
    const partial = join(base, 'code', `${codeId}.${randomUUID()}`)
    await mkdir(partial, { recursive: true })
    const folders = new Set<string>([partial])
    await readArchive(await load(), async ({ path, executable, open }) => {
      const file = join(partial, path)
      const parent = dirname(file)
      if (!folders.has(parent)) await mkdir(parent, { recursive: true })
      for (let made = parent; !folders.has(made); made = dirname(made)) folders.add(made)
      await pipeline(await open(), createWriteStream(file, { flags: 'wx', mode: executable ? 0o555 : 0o444 }))
    })
    await rename(partial, path)
    for (const made of folders) await chmod(made.replace(partial, path), 0o555)
    await chmod(path, 0o550)
    return { path }
  }
}

/** Where functions find the AWS SDK for JavaScript. */
export const sdkFolder = dirname(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-sts/package.json')))

async function makeCommon(certificate: string | undefined): Promise<CommonFolders> {
  await removeLeftovers()
  const base = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  for (const name of ['node_modules', 'certificates', 'code', 'homes', 'view']) await mkdir(join(base, name))
  await symlink(sdkFolder, join(base, 'node_modules', '@aws-sdk'))
  const certificateFile = certificate && join(base, 'certificates', 'server.pem')
  // A copy: the original may lie where functions may not look.
  if (certificate && certificateFile) await copyFile(certificate, certificateFile)
  for (const name of ['code', 'homes']) await chmod(join(base, name), 0o711)
  await chmod(base, 0o711)
  return { base, shared: ['node_modules', 'certificates'], certificateFile }
}

/** Of servers that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : undefined
    if (pid && pid !== process.pid && !isAlive(pid)) await removeTree(join(tmpdir(), name))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    // It is there, and somebody else's.
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function removeTree(path: string): Promise<void> {
  await makeWritable(path)
  await rm(path, { recursive: true, force: true })
}

/** Read-only folders keep their files. Links are not followed. */
async function makeWritable(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
    }
  } catch {
    // Gone meanwhile, or somebody else's, which the removal will tell.
  }
}
