import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { dataDirectoryOf, endpointOf, type ServerOptions } from '../server-client.ts'
import { exported } from '../shell.ts'
import { UserError } from '../user-error.ts'

interface CredentialsOptions extends ServerOptions {
  format: 'shell' | 'json' | 'profile'
  writeProfile?: string
}

export function credentials(options: CredentialsOptions): void {
  const directory = dataDirectoryOf(options)
  const found = directory.readCredentials()
  if (!found) {
    throw new UserError(
      `there are no credentials in ${directory.path}: start a server there first, or name another --data-dir.`,
    )
  }
  const endpoint = endpointOf(options)
  const secrets = { aws_access_key_id: found.accessKeyId, aws_secret_access_key: found.secretAccessKey }
  const settings = { region: found.region, endpoint_url: endpoint }
  if (options.writeProfile) {
    writeProfile(options.writeProfile, secrets, settings)
    return
  }
  if (options.format === 'json') {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = found
    // The form that credential_process expects.
    console.log(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey }, null, 2))
  } else if (options.format === 'profile') {
    console.log(section('[strongroom]', { ...secrets, ...settings }))
  } else {
    console.log(exported({ AWS_ENDPOINT_URL: endpoint }))
    console.log(exported({ AWS_REGION: found.region, AWS_DEFAULT_REGION: found.region }))
    console.log(exported({ AWS_ACCESS_KEY_ID: found.accessKeyId }))
    console.log(exported({ AWS_SECRET_ACCESS_KEY: found.secretAccessKey }))
    console.log('unset AWS_SESSION_TOKEN AWS_PROFILE')
  }
}

function writeProfile(name: string, secrets: Record<string, string>, settings: Record<string, string>): void {
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) throw new UserError(`"${name}" is no profile name: letters, digits, _ . and -.`)
  const config = process.env.AWS_CONFIG_FILE ?? join(homedir(), '.aws', 'config')
  const shared = process.env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), '.aws', 'credentials')
  replaceSection(shared, `[${name}]`, secrets)
  replaceSection(config, name === 'default' ? '[default]' : `[profile ${name}]`, settings)
  console.log(
    `Wrote the profile ${name} to ${shared} and ${config}. Use it: aws --profile ${name} sts get-caller-identity`,
  )
}

const section = (header: string, values: Record<string, string>): string =>
  [header, ...Object.entries(values).map(([name, value]) => `${name} = ${value}`)].join('\n')

/** Replaces one section of an INI file and leaves every other line as it was. */
function replaceSection(file: string, header: string, values: Record<string, string>): void {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  const kept: string[] = []
  let inside = false
  for (const line of lines) {
    if (line.trimStart().startsWith('[')) inside = line.trim() === header
    if (!inside) kept.push(line)
  }
  const text = [kept.join('\n').trim(), section(header, values)].filter(Boolean).join('\n\n')
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}
