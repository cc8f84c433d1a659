import { zipOf } from '../../../test/fixtures/zip.ts'
import type { AuditRecord } from '../../core/audit.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { accountId, allowEverything, policyOf, region } from '../../testing/callers.ts'
import { serviceFixture } from '../../testing/service-fixture.ts'
import * as typed from '../../testing/typed-calls.ts'
import { kms } from '../kms/kms.ts'
import { sts } from '../sts/sts.ts'
import type { FunctionVersion } from './domain/function.ts'
import type { FunctionEvent, InvocationResult } from './execution/invocation.ts'
import { lambdaInstance, lambda as lambdaModule } from './lambda.ts'
import type { lambdaOperations } from './lambda-service.ts'
import { type OpenLambda, openLambda } from './open-lambda.ts'

export * from '../../testing/callers.ts'
export { refusedAction } from '../../testing/typed-calls.ts'

type Operations = typeof lambdaOperations
export type InputOf<Name extends keyof Operations> = typed.InputOf<Operations, Name>

export const scope = { accountId, region }

const trusting = (Principal: object) => policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })

/** The role of functions: it trusts Lambda and may do everything. */
export const roleArn = `arn:aws:iam::${accountId}:role/function`

/** A role that trusts Lambda no more than any other service. */
export const untrustingRoleArn = `arn:aws:iam::${accountId}:role/other`

/** Lambda in the pipeline, beside KMS and STS. No processes are started for functions: `answer` stands for what they do. */
export async function lambdaFixture(modules: readonly ServiceModule[] = []) {
  const runs: { version: FunctionVersion; event: FunctionEvent }[] = []
  const functions = { answer: async (_event: FunctionEvent): Promise<Partial<InvocationResult>> => ({}) }
  const host: Pick<OpenLambda['host'], 'run' | 'discard' | 'stop'> = {
    run: async (version, _limits, event) => {
      runs.push({ version, event })
      return { payload: Buffer.from('null'), failed: false, log: 'START\n', ...(await functions.answer(event)) }
    },
    discard: async () => {},
    stop: async () => {},
  }
  const opened: { lambda?: OpenLambda } = {}
  const module: ServiceModule = {
    ...lambdaModule,
    open(server, settings) {
      const accountConcurrency = settings['lambda.concurrency']
      opened.lambda = {
        ...openLambda({ ...server, accountConcurrency }),
        host: host as OpenLambda['host'],
        runners: { find: async () => ({ protection: 'none' }) },
      }
      return lambdaInstance(opened.lambda, server.home)
    },
  }
  const fixture = await serviceFixture([module, kms, sts, ...modules])
  const { call, permissions } = typed.typedCalls<Operations>(fixture, 'lambda')
  const lambda = opened.lambda
  if (!lambda) throw new Error('Lambda is not open')
  const policies = [allowEverything]
  const byLambda = trusting({ Service: 'lambda.amazonaws.com' })
  await fixture.putRole({ arn: roleArn, roleId: 'AROARTX3GSDSQFUNCTION', trustPolicy: byLambda, policies })
  const byAccount = trusting({ AWS: accountId })
  await fixture.putRole({ arn: untrustingRoleArn, roleId: 'AROARTX3GSDSQOTHERAAA', trustPolicy: byAccount, policies })

  return Object.assign(functions, {
    ...fixture,
    ask: fixture.call,
    permissionsOf: fixture.permissions,
    call,
    permissions,
    runs,
    lambda,
    /** What Lambda asked of KMS, oldest first, failures included. */
    kmsRecords: (): AuditRecord[] =>
      fixture.store.records.filter(
        ({ eventSource, userIdentity }) =>
          eventSource === 'kms.amazonaws.com' && userIdentity.invokedBy === 'lambda.amazonaws.com',
      ),
    /** Makes a function of one file. */
    async create(FunctionName: string, more: Partial<InputOf<'CreateFunction'>> = {}) {
      const ZipFile = await zipOf({ 'index.mjs': 'export const handler = async () => 1' })
      const request = {
        FunctionName,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: roleArn,
        Code: { ZipFile },
      }
      return call('CreateFunction', { ...request, ...more } as InputOf<'CreateFunction'>)
    },
    /** Lets time pass and runs what falls due, in order, each at its time. */
    advance: (seconds: number) => fixture.advance(seconds * 1000),
  })
}
