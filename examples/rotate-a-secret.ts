// A year of monthly rotations in a few seconds: a Lambda function changes a password at a service and in the secret, without
// an interruption for clients that read it from Secrets Manager.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { ZipFile } from 'yazl'
import { startStrongroom } from '../src/server/server.ts'

const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
const config = { endpoint: server.endpoint, region: server.region, credentials: server.credentials }
const secrets = new SecretsManagerClient(config)
const lambda = new LambdaClient(config)
const iam = new IAMClient(config)

// The service whose password is rotated: one user, who may change it.
const passwords = ['changeit']
const service = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const expected = `Basic ${Buffer.from(`app:${passwords.at(-1)}`).toString('base64')}`
    const allowed = request.headers.authorization === expected
    if (allowed && request.method === 'PUT') passwords.push(Buffer.concat(chunks).toString())
    response.writeHead(allowed ? 204 : 401).end()
  })
})
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
const serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`

try {
  const SecretString = JSON.stringify({ username: 'app', password: 'changeit' })
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'app/login', SecretString }))

  const RotationLambdaARN = await rotationFunction(ARN ?? '')
  const RotationRules = { ScheduleExpression: 'cron(0 4 1 * ? *)', Duration: '2h' }
  await secrets.send(new RotateSecretCommand({ SecretId: 'app/login', RotationLambdaARN, RotationRules }))
  await server.advance(60)
  assert.equal(passwords.at(-1), await current())
  console.log('rotated once, at once')

  await server.advance(365 * 24 * 60 * 60)
  assert.equal(passwords.at(-1), await current())
  assert.equal(new Set(passwords).size, 14)
  const { NextRotationDate } = await secrets.send(new DescribeSecretCommand({ SecretId: 'app/login' }))
  console.log(`a year later: ${passwords.length - 1} passwords, the next by ${NextRotationDate?.toISOString()}`)
} finally {
  for (const client of [secrets, lambda, iam]) client.destroy()
  service.closeAllConnections()
  service.close()
  await server.stop()
}

async function current(): Promise<string> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: 'app/login' }))
  return JSON.parse(SecretString).password
}

/** A role that may rotate this secret and no other, the function, and the permission for Secrets Manager to invoke it. */
async function rotationFunction(secretArn: string): Promise<string> {
  const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
  const AssumeRolePolicyDocument = policyOf({
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'rotation', AssumeRolePolicyDocument }))
  const actions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']
  const PolicyDocument = policyOf(
    { Effect: 'Allow', Action: actions.map((action) => `secretsmanager:${action}`), Resource: secretArn },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
  )
  await iam.send(new PutRolePolicyCommand({ RoleName: 'rotation', PolicyName: 'rotation', PolicyDocument }))
  const zip = new ZipFile()
  zip.addBuffer(readFileSync(new URL('rotation-function/index.mjs', import.meta.url)), 'index.mjs')
  zip.end()
  const archive: Buffer[] = []
  for await (const chunk of zip.outputStream) archive.push(chunk as Buffer)
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'rotate-app-login',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Code: { ZipFile: Buffer.concat(archive) },
      Environment: { Variables: { SERVICE_URL: serviceUrl } },
      Timeout: 30,
    }),
  )
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'rotate-app-login',
      StatementId: 'secrets-manager',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: server.accountId,
    }),
  )
  return FunctionArn
}
