import { execFile } from 'node:child_process'

/** What a shell needs to find the system's programs. */
export const basicEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' }

export interface CommandOptions {
  /** Number of the user, and of the group too; absent for those of this process. */
  user?: number
  /** All of its environment variables. */
  env?: Readonly<Record<string, string>>
  timeoutMs?: number
}

/** How a command ended. `failure` is absent when it succeeded, else its exit code, or the code of why it did not start. */
export interface CommandResult {
  stdout: string
  failure?: number | string
}

/** Runs a command of the system to its end, in the root folder. Never rejects. */
export function runCommand(
  [program = '', ...args]: readonly string[],
  { user, env = basicEnvironment, timeoutMs = 10_000 }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env, cwd: '/', timeout: timeoutMs, killSignal: 'SIGKILL' as const, uid: user, gid: user }
    try {
      execFile(program, args, options, (failure, stdout) =>
        resolve(failure ? { stdout, failure: failure.code ?? failure.signal ?? 'failed' } : { stdout }),
      )
    } catch (failure) {
      // No such program, or a user that this system does not let be.
      resolve({ stdout: '', failure: (failure as NodeJS.ErrnoException).code ?? 'failed' })
    }
  })
}

/**
 * Ends whatever the user of a function still runs, in whatever session, and empties its folder. All of it with that user's
 * rights: whatever the function has put there, and whatever it still does meanwhile, reaches nothing that it could not reach.
 * @param user - a number of {@link takeHostId}.
 * @param home - absolute; the folder itself stays.
 */
export async function endUser(user: number, home: string): Promise<void> {
  if (user === 0) throw new RangeError('functions never run as root')
  await runCommand(['/bin/sh', '-c', endScript, home], { user, timeoutMs: 120_000 })
}

// The last process of the user is the shell itself, which the signal leaves out. Folders may have been closed to their owner.
const endScript = 'kill -KILL -1; rm -rf -- "$0" || { chmod -R u+rwx -- "$0"; rm -rf -- "$0"; }'
