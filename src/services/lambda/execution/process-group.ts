import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { basicEnvironment } from './host-command.ts'
import { isRoot } from './host-ids.ts'

/** A program to run on its own, with what it may have. */
export interface ProcessOptions {
  command: string
  args: readonly string[]
  /** All of it: nothing is inherited. */
  env: Readonly<Record<string, string>>
  cwd: string
  /** Numbers of the user and the group to run as; absent for those of this process, unless it is root. */
  user?: number
  group?: number
  /** Program and arguments before the command, which end as the command. */
  wrapper?: readonly string[]
  /** Soft and hard limit of the data segment; absent for none. */
  dataKilobytes?: number
}

/**
 * What the program is started from. Its output and its errors are one stream, in the order written. Beside it a shell waits
 * on a pipe whose other end this process holds: when that closes, by intent or because this process died in whatever way,
 * the shell kills the whole group, itself included. The variables come through another pipe: until the program starts, they
 * are data, so that none of them, such as PATH, has a say in how it is started; and no other user reads them as arguments.
 */
const launcher = [
  'variables=$(cat <&4)',
  'exec 4<&-',
  '{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &',
  'if [ "$1" != none ]; then ulimit -d "$1" 2>/dev/null; fi',
  'shift',
  'eval "$variables"',
  'exec "$@" 2>&1 </dev/null 3<&-',
].join('\n')

/** The same variables as a text that a shell evaluates. `command` keeps a name that the shell holds on to from ending it. */
const exportsOf = (env: Readonly<Record<string, string>>) =>
  Object.entries(env)
    .map(([name, value]) => `command export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join('\n')

/** A program and all that it starts, which end together. */
export class ProcessGroup {
  readonly #child: ChildProcess
  #exited = false
  /** Settles when the program has ended and all that it wrote has been read. Never rejects. */
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>

  /** @throws Error when the program would run as root. */
  constructor(options: ProcessOptions, onOutput: (chunk: Buffer) => void) {
    const { command, args, env, cwd, dataKilobytes, user, group, wrapper = [] } = options
    // Whatever decides how functions run: here none gets past it.
    if (isRoot() && !(user && group)) throw new Error(`${command} would run as root`)
    // In a session of its own, its group can be killed as one, and a Ctrl-C in the server's terminal is not meant for it.
    const limit = String(dataKilobytes ?? 'none')
    const [program = '/bin/sh', ...rest] = [...wrapper, '/bin/sh', '-c', launcher, 'sh', limit, command, ...args]
    this.#child = spawn(program, rest, {
      env: basicEnvironment,
      cwd,
      uid: user,
      gid: group,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
    })
    const child = this.#child
    child.stdout?.on('data', onOutput)
    // The pipes break when the group is gone; that is what the first is for.
    for (const pipe of [child.stdio[3], child.stdio[4]]) pipe?.on('error', () => {})
    ;(child.stdio[4] as Writable | null)?.end(exportsOf(env))
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve({ exitCode: 127, signal: null }))
      child.once('exit', (exitCode, signal) => {
        // What the program left running must not hold its output open.
        this.#killGroup()
        this.#exited = true
        child.stdio[3]?.destroy()
        resolve({ exitCode, signal })
      })
    })
    // The process may end while functions wait; the pipe then ends them.
    child.unref()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Kills the program and all that it started; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killGroup()
    await this.ended
  }

  #killGroup(): void {
    if (this.#child.pid === undefined || this.#exited) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch (failure) {
      // No such group: it has ended.
      if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure
    }
  }
}
