import { randomUUID } from 'node:crypto'
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm'
import { readRegularFile } from '../../core/files.ts'
import { ServiceError } from '../../core/service-error.ts'
import { type ImportEntry, readImport } from '../../services/ssm/domain/public-import.ts'
import { partsOf } from '../parts.ts'
import { progressLine } from '../progress.ts'
import { askTask, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

interface ImportOptions extends ServerOptions {
  fromEndpoint?: string
  region?: string[]
  path?: string[]
  replace?: boolean
}

const importBytes = 256 * 1024 * 1024

const imagePaths = ['ami-amazon-linux-latest', 'ami-windows-latest', 'ecs/optimized-ami', 'eks/optimized-ami'].map(
  (family) => `/aws/service/${family}`,
)

/** @throws UserError - nothing was imported. */
export async function importParameters(file: string | undefined, options: ImportOptions): Promise<void> {
  const { fromEndpoint, replace = false } = options
  if ((file === undefined) === (fromEndpoint === undefined)) {
    throw new UserError('give a file to import, or --from-endpoint, and not both.')
  }
  const entries = file === undefined ? await readEndpoint(fromEndpoint ?? '', options) : readFile(file)
  if (entries.length === 0) throw new UserError('there are no parameters to import.')
  const importId = randomUUID()
  const line = progressLine('importing')
  try {
    let sent = 0
    for (const parameters of partsOf(entries)) {
      await ask({ importId, parameters }, options)
      sent += parameters.length
      line.show(sent, entries.length)
    }
    await ask({ importId, hold: replace ? 'instead' : 'beside' }, options)
  } finally {
    line.end()
  }
  console.log(`Imported ${entries.length} public parameters${replace ? ' in place of all others' : ''}.`)
}

export async function restoreParameters(options: ServerOptions): Promise<void> {
  await ask({ restore: true }, options)
  console.log('The public parameters are those that the server brings itself.')
}

const ask = (request: object, options: ServerOptions) => askTask('public-parameters', request, options)

function readFile(file: string): ImportEntry[] {
  let content: unknown
  try {
    content = JSON.parse(readRegularFile(file, importBytes).toString())
  } catch (cause) {
    throw new UserError(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  const { parameters } = (content ?? {}) as { parameters?: unknown }
  try {
    readImport(parameters, 0)
  } catch (refused) {
    if (refused instanceof ServiceError) throw new UserError(`${file}: ${refused.message} Nothing was imported.`)
    throw refused
  }
  return parameters as ImportEntry[]
}

/** Reads from any server that speaks AWS's protocol, region by region. */
async function readEndpoint(endpoint: string, { region: regions, path: paths = imagePaths }: ImportOptions) {
  const entries: ImportEntry[] = []
  for (const region of regions ?? [undefined]) {
    const { client, Region } = await clientOf(endpoint, region)
    for (const Path of paths) {
      try {
        for await (const page of paginateGetParametersByPath({ client }, { Path, Recursive: true })) {
          for (const { Name = '', Value = '', Version, LastModifiedDate, DataType } of page.Parameters ?? []) {
            entries.push({ Name, Value, Version, LastModifiedDate: LastModifiedDate?.toISOString(), DataType, Region })
          }
        }
      } catch (cause) {
        throw new UserError(`${endpoint} did not give ${Path} of ${Region}: ${(cause as Error).message}`)
      }
    }
  }
  return entries
}

async function clientOf(endpoint: string, region: string | undefined) {
  try {
    const client = new SSMClient({ endpoint, ...(region !== undefined && { region }) })
    return { client, Region: await client.config.region() }
  } catch (cause) {
    throw new UserError(
      `cannot ask ${endpoint} (${(cause as Error).message}): give its URL, and a region with --region.`,
    )
  }
}
