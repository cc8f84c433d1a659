import { randomUUID } from 'node:crypto'
import { readRegularFile } from '../../../core/files.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { CommandLine, CommandRun } from '../../../core/services/service-command.ts'
import { type ImportEntry, readImport } from '../domain/public-import.ts'

interface ImportOptions {
  fromEndpoint?: string
  region?: string[]
  path?: string[]
  replace?: boolean
}

const importBytes = 256 * 1024 * 1024

const imagePaths = ['ami-amazon-linux-latest', 'ami-windows-latest', 'ecs/optimized-ami', 'eks/optimized-ami'].map(
  (family) => `/aws/service/${family}`,
)

type Refusal = CommandLine['refusal']

const task = 'public-parameters'

/** Imports public parameters from a file or an endpoint. A refusal means that nothing was imported. */
export const importParameters: CommandRun<ImportOptions> = async (
  { arguments: [file], options },
  { askTask, sendInParts, refusal },
) => {
  const { fromEndpoint, replace = false } = options
  if ((file === undefined) === (fromEndpoint === undefined)) {
    throw refusal('give a file to import, or --from-endpoint, and not both.')
  }
  const entries =
    file === undefined ? await readEndpoint(fromEndpoint ?? '', options, refusal) : readFile(file, refusal)
  if (entries.length === 0) throw refusal('there are no parameters to import: name another file, path or Region.')
  const importId = randomUUID()
  await sendInParts(entries, async (parameters) => {
    await askTask(task, { importId, parameters })
  })
  await askTask(task, { importId, hold: replace ? 'instead' : 'beside' })
  console.log(`Imported ${entries.length} public parameters${replace ? ' in place of all others' : ''}.`)
}

export const restoreParameters: CommandRun<object> = async (_, { askTask }) => {
  await askTask(task, { restore: true })
  console.log('The public parameters are those that the server includes.')
}

function readFile(file: string, refusal: Refusal): ImportEntry[] {
  let content: unknown
  try {
    content = JSON.parse(readRegularFile(file, importBytes).toString())
  } catch (cause) {
    throw refusal(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  const { parameters } = (content ?? {}) as { parameters?: unknown }
  try {
    readImport(parameters, 0)
  } catch (refused) {
    if (refused instanceof ServiceError) throw refusal(`${file}: ${refused.message} Nothing was imported.`)
    throw refused
  }
  return parameters as ImportEntry[]
}

/** Reads from any server that speaks AWS's protocol, region by region. */
async function readEndpoint(
  endpoint: string,
  { region: regions, path: paths = imagePaths }: ImportOptions,
  refusal: Refusal,
) {
  const entries: ImportEntry[] = []
  const sdk = await loadSdk(refusal)
  for (const region of regions ?? [undefined]) {
    const { client, Region } = await clientOf(sdk, endpoint, region, refusal)
    for (const Path of paths) {
      try {
        for await (const page of sdk.paginateGetParametersByPath({ client }, { Path, Recursive: true })) {
          for (const { Name = '', Value = '', Version, LastModifiedDate, DataType } of page.Parameters ?? []) {
            entries.push({ Name, Value, Version, LastModifiedDate: LastModifiedDate?.toISOString(), DataType, Region })
          }
        }
      } catch (cause) {
        throw refusal(`${endpoint} did not give ${Path} of ${Region}: ${(cause as Error).message}`)
      }
    }
  }
  return entries
}

type Sdk = typeof import('@aws-sdk/client-ssm')

/** Loads the client that reads from AWS. It is not a part of Strongroom, because nothing else needs it. */
async function loadSdk(refusal: Refusal): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-ssm')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw refusal(
      'reading from an endpoint needs the AWS SDK, which is not installed: run "npm install @aws-sdk/client-ssm" where ' +
        'Strongroom is installed (with --global if it is installed so), or import a file.',
    )
  }
}

async function clientOf({ SSMClient }: Sdk, endpoint: string, region: string | undefined, refusal: Refusal) {
  try {
    const client = new SSMClient({ endpoint, ...(region !== undefined && { region }) })
    return { client, Region: await client.config.region() }
  } catch (cause) {
    throw refusal(`cannot ask ${endpoint} (${(cause as Error).message}): give its URL, and a region with --region.`)
  }
}
