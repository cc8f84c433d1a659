import { signRequest } from '../crypto/sigv4/sign-request.ts'
import { ConfigError, dataDirOf, defaultPort } from '../server/config.ts'
import { DataDirectory } from '../server/data-directory.ts'
import { UserError } from './user-error.ts'

/** Options that say which server a command means. */
export interface ServerOptions {
  endpoint?: string
  dataDir?: string
  dev?: boolean
}

export const dataDirectoryOf = ({ dataDir, dev = false }: ServerOptions): DataDirectory =>
  new DataDirectory(dataDirOf(dataDir ?? (process.env.STRONGROOM_DATA_DIR || undefined), dev))

/**
 * The data directory of a command for SQLite's files.
 * @throws UserError where the environment says that the state is in PostgreSQL: a file that is there as well would be old.
 */
export function sqliteDirectoryOf(options: ServerOptions, insteadUse: string): DataDirectory {
  if (process.env.STRONGROOM_DATABASE_URL && options.dataDir === undefined) {
    throw new UserError(
      `STRONGROOM_DATABASE_URL says that the state is in PostgreSQL, and this command is for SQLite: ${insteadUse}, or name ` +
        'a data directory with --data-dir.',
    )
  }
  return dataDirectoryOf(options)
}

/**
 * The endpoint that was given, or that of the server which announced itself in the data directory.
 * @throws ConfigError when what was given is none; it is printed for shells and into files, so it is one line.
 */
export function endpointOf(options: ServerOptions): string {
  const { endpoint: given } = options
  if (given !== undefined && !(/^https?:\/\/[!-~]+$/.test(given) && URL.canParse(given))) {
    throw new ConfigError(`Invalid endpoint "${given}": use an address such as http://127.0.0.1:${defaultPort}.`)
  }
  const endpoint = given ?? dataDirectoryOf(options).readAnnouncement()?.endpoint
  return (endpoint ?? `http://127.0.0.1:${defaultPort}`).replace(/\/$/, '')
}

/** @throws UserError when nothing answers at the endpoint. */
export async function ask(endpoint: string, path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(endpoint + path, { ...init, signal: AbortSignal.timeout(120_000) })
  } catch (cause) {
    const reason = (cause as Error & { cause?: Error }).cause?.message ?? (cause as Error).message
    throw new UserError(`no server answers at ${endpoint} (${reason}). Start one with "strongroom start".`)
  }
}

/** The body as JSON; what the server refuses becomes the message. @throws UserError */
export async function askJson<T>(endpoint: string, path: string, init?: RequestInit): Promise<T> {
  const response = await ask(endpoint, path, init)
  const text = await response.text()
  let body: { message?: string }
  try {
    body = JSON.parse(text)
  } catch {
    throw new UserError(`${endpoint} answered ${response.status} with something that is not Strongroom's.`)
  }
  if (!response.ok) throw new UserError(body.message ?? `${endpoint} answered ${response.status}.`)
  return body as T
}

/** Has the server do one of its operator's tasks, as the root of the data directory. @throws UserError */
export async function askTask<T>(name: string, request: object, options: ServerOptions): Promise<T> {
  const endpoint = endpointOf(options)
  const path = `/_strongroom/${name}`
  const body = JSON.stringify(request)
  const headers = signedHeaders(endpoint, path, options, body)
  return askJson<T>(endpoint, path, { method: 'POST', headers, body })
}

/**
 * Headers that sign a request to Strongroom's own endpoints with the root credentials of the data directory.
 * @param body - makes it a POST.
 */
export function signedHeaders(endpoint: string, path: string, options: ServerOptions, body?: string): Headers {
  const directory = dataDirectoryOf(options)
  const credentials = options.dev && !options.dataDir ? { ...devCredentials } : directory.readCredentials()
  if (!credentials) {
    throw new UserError(
      `there are no credentials in ${directory.path}; name the server's data directory with --data-dir.`,
    )
  }
  const url = new URL(endpoint + path)
  const method = body === undefined ? 'GET' : 'POST'
  const request = { method, path: url.pathname, host: url.host, body }
  return new Headers(signRequest(request, { ...credentials, service: 'strongroom' }))
}

const devCredentials = { accessKeyId: 'test', secretAccessKey: 'test', region: 'us-east-1' }
