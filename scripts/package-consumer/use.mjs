// Starts a server by the API of the installed package, asks who it is and runs a function.
// REPOSITORY: whose SDK is the client.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { startStrongroom } from 'strongroom'

const require = createRequire(join(process.env.REPOSITORY, 'package.json'))
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
const { CreateRoleCommand, IAMClient } = require('@aws-sdk/client-iam')
const { CreateFunctionCommand, InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda')
const { ZipFile: Zip } = require('yazl')

const code = `
  export const handler = async () => {
    const sdk = await import('@aws-sdk/client-sts').catch((failure) => {
      if (failure.code === 'ERR_MODULE_NOT_FOUND') return undefined
      throw failure
    })
    if (sdk === undefined) return 'the SDK is not here'
    return (await new sdk.STSClient().send(new sdk.GetCallerIdentityCommand())).Arn
  }`

const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
try {
  const { endpoint, region, credentials } = server
  const config = { endpoint, region, credentials }
  console.log((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn)
  const Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const { Role } = await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'f', AssumeRolePolicyDocument }))
  const zip = new Zip()
  zip.addBuffer(Buffer.from(code), 'index.mjs')
  zip.end()
  const ZipFile = Buffer.concat(await zip.outputStream.toArray())
  const made = {
    FunctionName: 'who',
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role.Arn,
    Code: { ZipFile },
  }
  const lambda = new LambdaClient(config)
  await lambda.send(new CreateFunctionCommand(made))
  console.log(Buffer.from((await lambda.send(new InvokeCommand({ FunctionName: 'who' }))).Payload).toString())
} finally {
  await server.stop()
}
