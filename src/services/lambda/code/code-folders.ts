import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readArchive } from './archive.ts'

const prefix = 'strongroom-lambda-'

/** How much unpacked code is kept for the next cold start, beside what is in use. */
const maxKept = 20

/**
 * Code unpacked for processes to run, in a folder of this server's own that is gone when it stops:
 *
 * ```
 * strongroom-lambda-<pid>-<chance>/
 *   node_modules/@aws-sdk → of this installation, where functions find the AWS SDK for JavaScript as on Lambda
 *   code/<code id>/        read-only, shared by the environments of one version
 *   homes/<chance>/        of one environment: its HOME and TMPDIR
 * ```
 */
export class CodeFolders {
  #base: Promise<string> | undefined
  /** By code id, the least recently used first. */
  readonly #unpacked = new Map<string, Promise<string>>()

  /**
   * The folder of a version's code; unpacked on first use.
   * @param load - gives the archive.
   */
  async unpacked(codeId: string, load: () => Promise<Buffer>): Promise<string> {
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
      if (folder) await removeTree(await folder)
    }
  }

  /** A new folder that one environment may write to. */
  async newHome(): Promise<string> {
    const home = join(await this.#root(), 'homes', randomUUID())
    await mkdir(home, { recursive: true, mode: 0o700 })
    return home
  }

  async removeHome(home: string): Promise<void> {
    await removeTree(home)
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    const base = this.#base
    this.#base = undefined
    this.#unpacked.clear()
    if (base) await removeTree(await base)
  }

  #root(): Promise<string> {
    this.#base ??= makeRoot()
    return this.#base
  }

  async #unpack(codeId: string, load: () => Promise<Buffer>): Promise<string> {
    const root = await this.#root()
    const folder = join(root, 'code', codeId)
    const partial = join(root, 'code', `${codeId}.${randomUUID()}`)
    await mkdir(partial, { recursive: true })
    const folders = new Set<string>([partial])
    await readArchive(await load(), async ({ path, executable, open }) => {
      const file = join(partial, path)
      const parent = dirname(file)
      if (!folders.has(parent)) await mkdir(parent, { recursive: true })
      for (let made = parent; !folders.has(made); made = dirname(made)) folders.add(made)
      await pipeline(await open(), createWriteStream(file, { flags: 'wx', mode: executable ? 0o555 : 0o444 }))
    })
    await rename(partial, folder)
    for (const made of folders) await chmod(made.replace(partial, folder), 0o555)
    return folder
  }
}

async function makeRoot(): Promise<string> {
  await removeLeftovers()
  const root = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  await mkdir(join(root, 'code'))
  await mkdir(join(root, 'node_modules'))
  const sdk = dirname(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-sts/package.json')))
  await symlink(sdk, join(root, 'node_modules', '@aws-sdk'))
  return root
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
