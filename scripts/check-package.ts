// Builds the published package into a temporary folder and uses it as a stranger would: its command and its API.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'strongroom-package-'))
const run = (command: string, args: string[], cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  const home = join(folder, 'node_modules', 'strongroom')
  run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', join(home, 'dist')], root)
  run(process.execPath, ['scripts/copy-assets.mjs', join(home, 'dist')], root)
  cpSync(join(root, 'package.json'), join(home, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  const help = run(process.execPath, [join(home, 'dist/cli/main.js'), '--help'])
  if (!help.includes('strongroom')) throw new Error('the command prints no help')
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { startStrongroom } from 'strongroom'
     import { createRequire } from 'node:module'
     const require = createRequire('${join(home, 'package.json')}')
     const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
     const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
     const sts = new STSClient({ endpoint: server.endpoint, region: server.region, credentials: server.credentials })
     console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn)
     const { CreateRoleCommand, IAMClient } = require('@aws-sdk/client-iam')
     const { CreateFunctionCommand, InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda')
     const config = { endpoint: server.endpoint, region: server.region, credentials: server.credentials }
     const Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
     const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
     const { Role } = await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'f', AssumeRolePolicyDocument }))
     const zip = new (require('yazl').ZipFile)()
     zip.addBuffer(Buffer.from('export const handler = async () => "ran"'), 'index.mjs')
     zip.end()
     const ZipFile = Buffer.concat(await zip.outputStream.toArray())
     const made = { FunctionName: 'f', Runtime: 'nodejs22.x', Handler: 'index.handler', Role: Role.Arn, Code: { ZipFile } }
     const lambda = new LambdaClient(config)
     await lambda.send(new CreateFunctionCommand(made))
     console.log(Buffer.from((await lambda.send(new InvokeCommand({ FunctionName: 'f' }))).Payload).toString())
     await server.stop()`,
  )
  const answers = run(process.execPath, ['use.mjs']).trim()
  if (answers !== 'arn:aws:iam::000000000000:root\n"ran"') throw new Error(`the built package answered ${answers}`)
  console.log('✓ the package builds, its command runs, its API serves and its functions run')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
