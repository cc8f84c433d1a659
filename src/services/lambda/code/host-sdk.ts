import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Finds the AWS SDK for JavaScript of this machine, which functions import as on Lambda: beside Strongroom itself, or where
 * the server was started.
 *
 * @param starts - files from which `node_modules` folders are looked for, upwards; the first that has clients is it.
 * @returns the folder `@aws-sdk`; undefined where none holds a client of a service.
 */
export function findSdkFolder(starts = [fileURLToPath(import.meta.url), join(process.cwd(), 'started-here')]) {
  return starts
    .flatMap((start) => createRequire(start).resolve.paths('@aws-sdk/client-sts') ?? [])
    .map((folder) => join(folder, '@aws-sdk'))
    .find(holdsClients)
}

/** The scope has parts as well that other packages bring along. */
function holdsClients(scope: string): boolean {
  try {
    return readdirSync(scope).some((name) => name.startsWith('client-'))
  } catch {
    // It is not there, or is not for the server's user.
    return false
  }
}
