import { homedir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../server/config.ts'
import { administratorProfile, type DataDirectory } from '../../server/data-directory.ts'
import { type Profile, servicesOf, writeProfile } from '../aws-profile.ts'
import { dataDirectoryOf, endpointOf, type ServerOptions } from '../server-client.ts'
import { endpointVariables, exported } from '../shell.ts'
import { UserError } from '../user-error.ts'

interface CredentialsOptions extends ServerOptions {
  format: 'shell' | 'json' | 'profile'
  writeProfile?: string
  replace?: boolean
  administrator?: boolean
}

export function credentials(options: CredentialsOptions): void {
  const directory = dataDirectoryOf(options)
  const found = directory.readCredentials(options.administrator ? administratorProfile : undefined)
  if (!found) {
    throw new UserError(whyNone(directory, options))
  }
  const endpoint = endpointOf(options)
  const secrets = { aws_access_key_id: found.accessKeyId, aws_secret_access_key: found.secretAccessKey }
  if (options.writeProfile !== undefined) {
    writeNamedProfile({ ...found, name: options.writeProfile, endpoint }, options.replace ?? false)
    return
  }
  if (options.format === 'json') {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = found
    // The form that credential_process expects.
    console.log(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey }, null, 2))
  } else if (options.format === 'profile') {
    const settings = { region: found.region, endpoint_url: endpoint, services: 'strongroom' }
    console.log(section('[strongroom]', { ...secrets, ...settings }))
    console.log(`\n[services strongroom]\n${servicesOf(endpoint)}`)
  } else {
    console.log(exported(endpointVariables(endpoint)))
    console.log(exported({ AWS_REGION: found.region, AWS_DEFAULT_REGION: found.region }))
    console.log(exported({ AWS_ACCESS_KEY_ID: found.accessKeyId }))
    console.log(exported({ AWS_SECRET_ACCESS_KEY: found.secretAccessKey }))
    console.log('unset AWS_SESSION_TOKEN AWS_PROFILE')
  }
}

function whyNone(directory: DataDirectory, { administrator }: CredentialsOptions): string {
  return administrator && directory.readCredentials()
    ? `the server of ${directory.path} has no administrator: only a development server makes one (--dev), and it may have ` +
        'been deleted since; leave out --administrator for root.'
    : `there are no credentials in ${directory.path}: start a server there first, or name another --data-dir.`
}

function writeNamedProfile(profile: Profile, replace: boolean): void {
  const { name } = profile
  if (!/^[A-Za-z0-9_.-]+$/.test(name))
    throw new ConfigError(`Invalid profile name "${name}": use letters, digits, _ . and -.`)
  const files = {
    credentials: awsFile('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
    config: awsFile('AWS_CONFIG_FILE', 'config'),
  }
  const copies = writeProfile(profile, files, replace)
  if (copies.length > 0) console.log(`What was there before: ${copies.join(', ')}.`)
  console.log(
    `Wrote the profile ${name} to ${files.credentials} and ${files.config}. ` +
      `Use it: aws --profile ${name} sts get-caller-identity\n` +
      'A profile that assumes a role from it (source_profile) needs the same endpoint_url and services: docs/configuration.md.',
  )
}

function awsFile(variable: string, name: string): string {
  const file = process.env[variable]
  // Clients do not agree on what an empty name means.
  if (file === '') throw new UserError(`${variable} is empty: let it name a file, or unset it for ~/.aws/${name}.`)
  return file ?? join(homedir(), '.aws', name)
}

const section = (header: string, values: Record<string, string>): string =>
  [header, ...Object.entries(values).map(([name, value]) => `${name} = ${value}`)].join('\n')
