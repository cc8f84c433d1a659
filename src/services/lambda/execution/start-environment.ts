import { randomBytes } from 'node:crypto'
import { dirname, relative } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import type { CodeFolder, CodeFolders, HomeFolder } from '../code/code-folders.ts'
import { functionsRefused } from '../domain/errors.ts'
import { type FunctionVersion, runtimeOf } from '../domain/function.ts'
import type { CodeStore } from '../storage/code-store.ts'
import type { Confinement, Protection } from './confinement.ts'
import { ExecutionEnvironment } from './environment.ts'
import type { StartedEnvironment } from './function-host.ts'
import type { FunctionRunners } from './function-runners.ts'
import { runtimesFolder } from './interpreters.ts'
import type { ProcessOptions } from './process-group.ts'
import type { RoleCredentials, RoleSessions } from './role-sessions.ts'

export interface StartDependencies {
  clock: Clock
  codes: CodeStore
  folders: CodeFolders
  runners: FunctionRunners
  sessions: RoleSessions
  /** Where the server answers; known once it listens. */
  endpoint(): string
  confinement: Confinement
}

/**
 * Starts an environment for a version: credentials of its role, variables, code, process.
 * @throws ServiceError AccessDeniedException (role), KMS…Exception (variables), InvalidParameterValueException (functions of
 *   this runtime do not run here).
 */
export async function startEnvironment(
  dependencies: StartDependencies,
  version: FunctionVersion,
): Promise<StartedEnvironment> {
  const { folders, codes, sessions } = dependencies
  const { program, protection } = await programOf(dependencies, version)
  const credentials = await sessions.assume(version)
  const variables = await sessions.openVariables(version, credentials)
  const scope = { accountId: version.accountId, region: version.region }
  const code = await folders.unpacked(version.code.codeId, () => codes.read(scope, version.code))
  const home = await folders.newHome(protection === 'users')
  try {
    const { group, wrapper } = await confined(dependencies, protection, { code, home })
    const { certificateFile } = await folders.common()
    const taskRoot = code.path
    const logStream = newLogStream(dependencies.clock, version)
    const facts = {
      ...dependencies,
      logStream,
      version,
      program,
      credentials,
      variables,
      taskRoot,
      home,
      certificateFile,
    }
    const environment = await ExecutionEnvironment.start({
      version: version.version,
      memoryMegabytes: version.memoryMegabytes,
      timeoutSeconds: version.timeoutSeconds,
      initLine: `INIT_START Runtime Version: ${program.title}\tRuntime Version ARN: arn:aws:lambda:${version.region}::runtime:${version.runtime}`,
      logStream,
      ownRuntime: program.own,
      user: home.user,
      process: ({ address, token }): ProcessOptions => ({
        command: program.command ?? `${taskRoot}/bootstrap`,
        args: program.args,
        cwd: taskRoot,
        env: { ...processVariables(facts, address), ...(program.own ? { STRONGROOM_RUNTIME_TOKEN: token } : {}) },
        dataKilobytes: program.dataKilobytes,
        user: home.user,
        group,
        wrapper,
      }),
    })
    const clean = () => folders.removeHome(home)
    return { environment, credentialsExpireAtMs: credentials.expiresAtMs, clean }
  } catch (failure) {
    await folders.removeHome(home)
    throw failure
  }
}

/** What keeps an environment from the others. */
async function confined(
  { folders, confinement }: StartDependencies,
  protection: Protection,
  { code, home }: { code: CodeFolder; home: HomeFolder },
): Promise<Pick<ProcessOptions, 'group' | 'wrapper'>> {
  if (protection === 'users') return { group: await folders.lend(code) }
  if (protection === 'none') return {}
  const { base, shared } = await folders.common()
  const visible = [...shared, relative(base, code.path), relative(base, home.path)]
  return { wrapper: await confinement.namespaceWrapper({ base, visible }) }
}

interface Program {
  title: string
  command?: string
  args: readonly string[]
  /** A runtime of this server's own, not one that the function brings. */
  own: boolean
  dataKilobytes?: number
}

/** What an interpreter needs beside what the function itself may have. */
const interpreterMegabytes = 64

/** @throws ServiceError InvalidParameterValueException. */
async function programOf(
  { runners }: StartDependencies,
  { runtime, memoryMegabytes }: FunctionVersion,
): Promise<{ program: Program; protection: Protection }> {
  const family = runtimeOf(runtime)
  const runner = await runners.find(family)
  if ('refusal' in runner) throw functionsRefused(runtime, runner.refusal)
  const { protection, interpreter } = runner
  if (!interpreter) return { program: { title: runtime, args: [], own: false }, protection }
  const { command, args, name } = interpreter
  const program = {
    title: `${runtime} (${name} ${interpreter.version})`,
    command,
    args: args(memoryMegabytes),
    own: true,
    // The garbage collector of JavaScript has a limit of its own, and needs address space beyond it.
    dataKilobytes: family === 'python' ? (memoryMegabytes + interpreterMegabytes) * 1024 : undefined,
  }
  return { program, protection }
}

interface ProcessFacts extends StartDependencies {
  version: FunctionVersion
  program: Program
  credentials: RoleCredentials
  variables: Readonly<Record<string, string>>
  taskRoot: string
  home: HomeFolder
  /** PEM file of the certificate that the server shows, where it speaks TLS. */
  certificateFile?: string
  logStream: string
}

/** Makes the name of an environment's log stream: `2026/03/01/[$LATEST]…`. */
function newLogStream(clock: Clock, { version }: FunctionVersion): string {
  const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[${version}]${randomBytes(16).toString('hex')}`
}

/**
 * All the environment variables of a process; nothing of the server's own is among them.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function processVariables(facts: ProcessFacts, runtimeApi: string): Record<string, string> {
  const { version, program, credentials, variables, taskRoot, home, logStream, endpoint, certificateFile } = facts
  const { functionName, region } = version
  return {
    PATH: [...(program.command ? [dirname(program.command)] : []), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    HOME: home.path,
    TMPDIR: home.path,
    AWS_ENDPOINT_URL: endpoint(),
    ...(certificateFile === undefined
      ? {}
      : { NODE_EXTRA_CA_CERTS: certificateFile, AWS_CA_BUNDLE: certificateFile, SSL_CERT_FILE: certificateFile }),
    ...variables,
    _HANDLER: version.handler,
    _X_AMZN_TRACE_ID: '',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: program.own ? runtimesFolder : taskRoot,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  }
}
