import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeServerFolder, removeServerFolder } from '../code/server-folders.ts'
import { type CommandResult, runCommand } from './host-command.ts'
import { isRoot, releaseHostId, takeHostId } from './host-ids.ts'
import { changeableByOthers } from './owned-tree.ts'

/**
 * What keeps the process of a function from the server's files and memory, and from those of other functions.
 * - `users`: a user of its own for each process. What a server that is root has, or it runs no functions.
 * - `namespaces`: user and mount namespaces of its own, in which the server's files and the folders of other functions are
 *   covered; needs a Linux that lets its users make namespaces, and `unshare`.
 * - `none`: it runs as the server's user, which is not root, and can do what that user can.
 */
export type Protection = 'users' | 'namespaces' | 'none'

/** Functions do not run here. */
export interface Refusal {
  /** Why, and what to do about it: goes behind a colon and ends with a full stop. */
  refusal: string
}

/** The folders of one function among those of all. */
export interface OwnFolders {
  /** Holds those of all functions, and an empty folder `view`. */
  base: string
  /** What the function sees of it, relative to it. */
  visible: readonly string[]
}

/** The way out that is always there for a server that is root. */
export const runAsOtherUser = 'or run the server as a user other than root'

/** Finds the best protection that the host allows, and applies it. */
export class Confinement {
  readonly #hidden: readonly string[]
  #found: Promise<Protection | Refusal> | undefined

  /** @param hidden - files and folders that no function may see. */
  constructor(hidden: readonly string[]) {
    this.#hidden = hidden
  }

  /** Returns what functions run under on this host: found once, and looked for again as long as they are refused. */
  protection(): Promise<Protection | Refusal> {
    if (this.#found) return this.#found
    const forget = () => {
      this.#found = undefined
    }
    const finding = this.#find()
    this.#found = finding
    finding.then((found) => typeof found === 'string' || forget(), forget)
    return finding
  }

  /** Runs a command to its end as functions run. Never rejects. */
  async tryOut(
    protection: Protection,
    command: readonly string[],
    env?: Record<string, string>,
  ): Promise<CommandResult> {
    if (protection === 'users') return withUser((user) => runCommand(command, { user, env, timeoutMs: trialMs }))
    if (protection === 'none') return runCommand(command, { env, timeoutMs: trialMs })
    return this.#inProbe(async (wrapper) => runCommand([...wrapper, ...command], { env, timeoutMs: trialMs }))
  }

  /** Returns what goes before the command of a process that is to run in namespaces of its own. */
  async namespaceWrapper({ base, visible }: OwnFolders): Promise<string[]> {
    const hidden = await existing(this.#hidden)
    const ids = [process.getuid?.(), process.getgid?.()].map(String)
    const shell = ['/bin/sh', '-c', coverScript, 'sh', ...ids, base, ...visible, ':', ...hidden, ':']
    return ['unshare', '--user', '--map-root-user', '--mount', ...shell]
  }

  async #find(): Promise<Protection | Refusal> {
    const trouble = await troubleWith(tmpdir())
    if (trouble !== undefined) {
      const refusal = `the folder for temporary files, ${tmpdir()}, cannot be used (${trouble}): set TMPDIR of the server to one that is there.`
      return { refusal }
    }
    if (isRoot()) return (await refusalOfRoot()) ?? 'users'
    return process.platform === 'linux' && (await this.#coversHold()) ? 'namespaces' : 'none'
  }

  #coversHold(): Promise<boolean> {
    return this.#inProbe(async (wrapper, base) => {
      const covered = [...(await existing(this.#hidden)), join(base, 'other')]
      for (const check of [
        ['/bin/sh', '-c', 'cd "$0"', join(base, 'own')],
        ['/bin/sh', '-c', emptyScript, 'sh', ...covered],
      ]) {
        if ((await runCommand([...wrapper, ...check])).failure !== undefined) return false
      }
      return true
    })
  }

  /** @param use - gets what goes before a command that is to run in namespaces of its own, and the folder where it does. */
  async #inProbe<T>(use: (wrapper: string[], base: string) => Promise<T>): Promise<T> {
    const base = makeServerFolder()
    try {
      for (const folder of ['view', 'own', 'other']) await mkdir(join(base, folder), { mode: 0o700 })
      return await use(await this.namespaceWrapper({ base, visible: ['own'] }), base)
    } finally {
      await removeServerFolder(base)
    }
  }
}

/** Wrappers of interpreters can be slow to start. */
const trialMs = 30_000

/** Why there is no such folder; undefined when there is. */
const troubleWith = (folder: string): Promise<string | undefined> =>
  stat(folder).then(
    (info) => (info.isDirectory() ? undefined : 'ENOTDIR'),
    ({ code }: NodeJS.ErrnoException) => code,
  )

/** Why a server that is root could not keep functions from being root; undefined when it can. */
async function refusalOfRoot(): Promise<Refusal | undefined> {
  const root = 'the server is root, and functions must not be'
  const temporary = tmpdir()
  const changeable = await changeableByOthers(temporary)
  if (changeable !== undefined) {
    const refusal = `${root}; other users could exchange their folders, because they may change ${changeable}: set TMPDIR of the server to a folder that they may not change, such as /var/tmp, ${runAsOtherUser}.`
    return { refusal }
  }
  const { failure } = await withUser((user) =>
    runCommand(['/bin/sh', '-c', unprivilegedScript, String(user), temporary], { user }),
  )
  if (failure === undefined) return undefined
  if (failure === closedFolder) {
    const refusal = `${root}; other users may not enter its folder for temporary files, ${temporary}: set TMPDIR of the server to one that they may enter, such as /var/tmp, ${runAsOtherUser}.`
    return { refusal }
  }
  if (failure === noNumbers) {
    const refusal = `${root}; its user namespace has no numbers for other users: let it have 65,536 of them, ${runAsOtherUser}.`
    return { refusal }
  }
  const refusal = `${root}; this system does not let it start a process as another user (${failure}): let it have CAP_SETUID and CAP_SETGID, ${runAsOtherUser}.`
  return { refusal }
}

const noNumbers = 'no numbers'

/** Runs with the number of a user that nothing else has. */
async function withUser(run: (user: number) => Promise<CommandResult>): Promise<CommandResult> {
  const user = takeHostId()
  if (user === undefined) return { stdout: '', failure: noNumbers }
  try {
    return await run(user)
  } finally {
    releaseHostId(user)
  }
}

const closedFolder = 4

/**
 * Arguments: the number that user and group must have, the folder that must be open to it. There may be no other group on
 * Linux; macOS counts every user to some, of which none may be root's own.
 */
const unprivilegedScript = [
  '[ "$(id -u) $(id -g)" = "$0 $0" ] || exit 3',
  'case "$(uname) $(id -G)" in "Linux $0") ;; Linux*|*" 0"|*" 0 "*) exit 3;; esac',
  'if grep -Eqs "^Cap(Prm|Eff|Amb):.*[1-9a-f]" /proc/self/status; then exit 3; fi',
  `cd "$1" || exit ${closedFolder}`,
].join('\n')

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
