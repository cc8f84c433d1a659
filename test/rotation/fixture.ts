import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AddPermissionCommand, CreateFunctionCommand, type Runtime } from '@aws-sdk/client-lambda'
import { boto3Variables } from '../fixtures/boto3.ts'
import type { ServerAddress } from '../fixtures/clients.ts'
import { functionRole, lambdaClient } from '../fixtures/functions.ts'
import { zipOf } from '../fixtures/zip.ts'

/** A service with one user, whose password changes: what rotation functions look after. */
export interface PasswordService {
  url: string
  /** Every password it has had, the present one last. */
  passwords: string[]
  /** Called with the method of each request, before the service answers. */
  onRequest?: (method: string) => void
  /** Called with the place that a function reports; the function waits for it. */
  onStep?: (place: string) => Promise<void>
  close(): Promise<void>
}

export async function passwordService(password: string): Promise<PasswordService> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      if (request.url?.startsWith('/step/')) {
        await service.onStep?.(request.url.slice('/step/'.length))
        response.writeHead(204).end()
        return
      }
      service.onRequest?.(request.method ?? '')
      const expected = `Basic ${Buffer.from(`app:${service.passwords.at(-1)}`).toString('base64')}`
      if (request.headers.authorization !== expected) {
        response.writeHead(401).end()
        return
      }
      if (request.method === 'PUT') service.passwords.push(Buffer.concat(chunks).toString())
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const service: PasswordService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passwords: [password],
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return service
}

const folder = new URL('../../examples/rotation-function/', import.meta.url)

const languages = {
  javascript: { file: 'index.mjs', Handler: 'index.handler', Runtime: 'nodejs22.x' },
  python: { file: 'lambda_function.py', Handler: 'lambda_function.lambda_handler', Runtime: 'python3.12' },
} as const satisfies Record<string, { file: string; Handler: string; Runtime: Runtime }>

/** Reports where it is, before each step and after it. */
const reportingSteps = `
  import { handler as rotate } from './index.mjs'
  const report = (event, place) => fetch(process.env.SERVICE_URL + '/step/' + event.Step + '/' + place)
  export const handler = async (event) => {
    await report(event, 'before')
    await rotate(event)
    await report(event, 'after')
  }`

const actions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']

/**
 * Makes the rotation function of the examples, with a role that may rotate and no more.
 * @param reportsSteps - the function reports to the service where it is.
 * @returns its ARN.
 */
export async function rotationFunction(
  server: ServerAddress,
  FunctionName: string,
  service: PasswordService,
  { language = 'javascript', reportsSteps = false }: { language?: keyof typeof languages; reportsSteps?: boolean } = {},
): Promise<string> {
  const { file, Handler, Runtime } = languages[language]
  const code = { [file]: readFileSync(new URL(file, folder)), ...(reportsSteps && { 'reporting.mjs': reportingSteps }) }
  const Role = await functionRole(
    server,
    FunctionName,
    { Effect: 'Allow', Action: actions.map((action) => `secretsmanager:${action}`), Resource: '*' },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
  )
  const lambda = lambdaClient(server)
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Handler: reportsSteps ? 'reporting.handler' : Handler,
      Role,
      Code: { ZipFile: await zipOf(code) },
      Environment: { Variables: { SERVICE_URL: service.url, ...(language === 'python' && boto3Variables()) } },
      MemorySize: 256,
      Timeout: 30,
    }),
  )
  return FunctionArn
}

/** Lets Secrets Manager invoke a function. */
export const permit = (server: ServerAddress, FunctionName: string) =>
  lambdaClient(server).send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'rotation',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    }),
  )
