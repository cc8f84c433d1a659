import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newHostId } from './host-ids.ts'
import { basicEnvironment } from './process-group.ts'

/**
 * What keeps the process of a function from the server's files and memory, and from those of other functions.
 * - `users`: a user of its own for each process; needs a server that runs as root.
 * - `namespaces`: user and mount namespaces of its own, in which the server's files and the folders of other functions are
 *   covered; needs a Linux that lets its users make namespaces, and `unshare`.
 * - `none`: it runs as the server's user and can do what that user can.
 */
export type Protection = 'users' | 'namespaces' | 'none'

/** The folders of one function among those of all. */
export interface OwnFolders {
  /** Holds those of all functions, and an empty folder `view`. */
  base: string
  /** What the function sees of it, relative to it. */
  visible: readonly string[]
}

/** What a probe tries: the command runs, and these files can be read. */
export interface Runnable {
  /** Absent for functions that bring their own. */
  command?: string
  files: readonly string[]
}

/** Finds, once for each command, the best protection that the host allows, and applies it. */
export class Confinement {
  readonly #hidden: readonly string[]
  readonly #found = new Map<string | undefined, Promise<Protection>>()

  /** @param hidden - files and folders that no function may see. */
  constructor(hidden: readonly string[]) {
    this.#hidden = hidden
  }

  /** The best protection under which a function can still run. */
  protectionFor(runnable: Runnable): Promise<Protection> {
    const found = this.#found.get(runnable.command) ?? this.#probe(runnable)
    this.#found.set(runnable.command, found)
    return found
  }

  /** What goes before the command of a process that is to run in namespaces of its own. */
  async namespaceWrapper({ base, visible }: OwnFolders): Promise<string[]> {
    const hidden = await existing(this.#hidden)
    const ids = [process.getuid?.(), process.getgid?.()].map(String)
    const shell = ['/bin/sh', '-c', coverScript, 'sh', ...ids, base, ...visible, ':', ...hidden, ':']
    return ['unshare', '--user', '--map-root-user', '--mount', ...shell]
  }

  async #probe({ command, files }: Runnable): Promise<Protection> {
    const checks = [readable(files), ...(command === undefined ? [] : [[command, '--version']])]
    if (process.getuid?.() === 0) {
      const id = newHostId()
      if (await allSucceed([['/bin/sh', '-c', 'cd "$0"', tmpdir()], ...checks], id)) return 'users'
    }
    return process.platform === 'linux' && (await this.#coversHold(checks)) ? 'namespaces' : 'none'
  }

  async #coversHold(checks: readonly string[][]): Promise<boolean> {
    const base = await mkdtemp(join(tmpdir(), 'strongroom-probe-'))
    try {
      for (const folder of ['view', 'own', 'other']) await mkdir(join(base, folder))
      const wrapper = await this.namespaceWrapper({ base, visible: ['own'] })
      const covered = [...(await existing(this.#hidden)), join(base, 'other')]
      const all = [
        ['/bin/sh', '-c', 'cd "$0"', join(base, 'own')],
        ['/bin/sh', '-c', emptyScript, 'sh', ...covered],
      ]
      return await allSucceed([...all, ...checks].map((check) => [...wrapper, ...check]))
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  }
}

/** Ends whatever a user still runs, in whatever session. For users that {@link newHostId} has numbered. */
export async function endAllOf(user: number): Promise<void> {
  // Not being root, it reaches its own processes alone; the last one is itself.
  await allSucceed([['/bin/sh', '-c', 'kill -KILL -1']], user)
}

/**
 * Arguments: user, group, base; the folders that stay visible, `:`; what is covered, `:`; the command. It begins as root of
 * new namespaces and ends as the user that it was, in a further user namespace, which cannot take the covers off again: not
 * as root of yet another one either.
 */
const coverScript = [
  'set -e',
  'user=$1 group=$2 base=$3 view=$3/view; shift 3',
  'mount -n -t tmpfs -o size=1m,mode=755 strongroom "$view"',
  'while [ "$1" != : ]; do mkdir -p "$view/$1"; mount -n --bind "$base/$1" "$view/$1"; shift; done; shift',
  'mount -n --move "$view" "$base"',
  'while [ "$1" != : ]; do',
  '  if [ -d "$1" ]; then mount -n -t tmpfs -o ro strongroom "$1"; elif [ -e "$1" ]; then mount -n --bind /dev/null "$1"; fi; shift',
  'done; shift',
  // The folder of that name, not the one under the cover.
  'cd "$PWD"',
  'exec unshare --user --map-user="$user" --map-group="$group" -- "$@"',
].join('\n')

const emptyScript =
  'for path; do if [ -d "$path" ]; then [ -z "$(ls -A "$path")" ]; else [ ! -s "$path" ]; fi || exit 1; done'

const readable = (files: readonly string[]) => [
  '/bin/sh',
  '-c',
  'for file; do [ -r "$file" ] || exit 1; done',
  'sh',
  ...files,
]

async function existing(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => [path],
        () => [],
      ),
    ),
  )
  return there.flat()
}

/** @param user - number of user and group; absent for those of this process. */
async function allSucceed(commands: readonly (readonly string[])[], user?: number): Promise<boolean> {
  for (const [program = '', ...args] of commands) {
    const succeeded = await new Promise<boolean>((resolve) => {
      const options = { env: basicEnvironment, cwd: '/', timeout: 10_000, uid: user, gid: user }
      try {
        execFile(program, args, options, (failure) => resolve(failure === null))
      } catch {
        // No such program, or a user that this system does not let be.
        resolve(false)
      }
    })
    if (!succeeded) return false
  }
  return true
}
