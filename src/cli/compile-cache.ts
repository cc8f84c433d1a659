import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Has Node keep what it compiles between two runs: loading the modules is most of what a start costs. The folder is the user's
 * own, because what is in it runs. NODE_COMPILE_CACHE names another one, NODE_DISABLE_COMPILE_CACHE=1 switches it off.
 */
export function keepCompiledCode(cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')): void {
  const folder = join(cacheHome, 'strongroom', 'compile')
  if (isOwn(folder)) enableCompileCache(folder)
}

/** Makes the folder if need be. @returns false where other users could put something into it, or it cannot be made. */
function isOwn(folder: string): boolean {
  // Windows keeps profiles apart by other means than modes.
  if (process.platform === 'win32') return true
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return [folder, join(folder, '..')].every((path) => {
      const { uid, mode } = statSync(path)
      return uid === process.getuid?.() && (mode & 0o022) === 0
    })
  } catch {
    // Without a home to write to, a start takes as long as ever.
    return false
  }
}
