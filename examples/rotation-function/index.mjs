// A rotation function for one user of a service that speaks HTTP: it replaces the password in the secret and at the
// service. The secret holds {"username", "password"}; SERVICE_URL is where the service is.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-overview.html
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'

const secrets = new SecretsManagerClient({})
const service = process.env.SERVICE_URL ?? ''

const steps = { createSecret, setSecret, testSecret, finishSecret }

/** Each step may be called again with the same token, and must then do no harm. */
export async function handler({ Step, SecretId, ClientRequestToken: token }) {
  const { RotationEnabled, VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId }))
  const stages = VersionIdsToStages[token]
  if (!RotationEnabled) throw new Error(`Secret ${SecretId} is not enabled for rotation`)
  if (!stages) throw new Error(`Secret version ${token} has no stage for rotation of secret ${SecretId}.`)
  if (stages.includes('AWSCURRENT')) return
  if (!stages.includes('AWSPENDING')) throw new Error(`Secret version ${token} is not pending`)
  await steps[Step](SecretId, token, VersionIdsToStages)
}

async function createSecret(SecretId, token) {
  const current = await login(SecretId, { VersionStage: 'AWSCURRENT' })
  if (await login(SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })) return
  const { RandomPassword: password } = await secrets.send(
    new GetRandomPasswordCommand({ PasswordLength: 24, ExcludePunctuation: true }),
  )
  const SecretString = JSON.stringify({ ...current, password })
  const version = { SecretId, ClientRequestToken: token, SecretString, VersionStages: ['AWSPENDING'] }
  await secrets.send(new PutSecretValueCommand(version))
}

async function setSecret(SecretId, token) {
  const pending = await login(SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })
  if (await accepts(pending)) return
  for (const VersionStage of ['AWSCURRENT', 'AWSPREVIOUS']) {
    const known = await login(SecretId, { VersionStage })
    if (!known || !(await accepts(known))) continue
    const { ok } = await ask(known, '/password', { method: 'PUT', body: pending.password })
    if (ok) return
  }
  throw new Error(`Unable to log in with previous, current, or pending secret of ${SecretId}`)
}

async function testSecret(SecretId, token) {
  const pending = await login(SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })
  if (!(await accepts(pending))) throw new Error(`Unable to log in with pending secret of ${SecretId}`)
}

async function finishSecret(SecretId, token, versions) {
  const holder = Object.keys(versions).find((id) => versions[id].includes('AWSCURRENT'))
  const stage = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: holder }
  await secrets.send(new UpdateSecretVersionStageCommand(stage))
}

/** The credentials in a version; undefined when there is none. */
async function login(SecretId, version) {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId, ...version }))
    return JSON.parse(SecretString)
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

const accepts = async (credentials) => (await ask(credentials, '/')).ok

function ask({ username, password }, path, options) {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return fetch(service + path, { ...options, headers: { authorization } })
}
