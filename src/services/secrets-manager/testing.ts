import { randomUUID } from 'node:crypto'
import type {
  CreateSecretRequest,
  DescribeSecretResponse,
  GetSecretValueResponse,
  PutSecretValueResponse,
} from '@aws-sdk/client-secrets-manager'
import type { AuditRecord } from '../../core/audit.ts'
import type { Call } from '../../core/call.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServedService } from '../../core/services/service-module.ts'
import { serviceFixture } from '../../testing/service-fixture.ts'
import { kms } from '../kms/kms.ts'
import { secretsManager } from './secrets-manager.ts'

/** The event of one step, as functions get it. */
export interface StepEvent {
  Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
  SecretId: string
  ClientRequestToken: string
  RotationToken: string
}

/** What a test says of the rotation function. */
interface FakeFunction {
  /** What a throw makes is a FunctionError. */
  run(event: StepEvent): Promise<void>
  /** Whether its policy lets Secrets Manager invoke it. */
  permitted: boolean
}

/** Lambda as these tests need it: one function, in this process. */
const lambdaDefinition = (rotator: FakeFunction): ServiceDefinition<Call> => ({
  name: 'lambda',
  title: 'AWS Lambda',
  principal: 'lambda.amazonaws.com',
  apiVersion: '2015-03-31',
  bindings: [],
  messageMember: 'message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () => ({
    apiVersion: '2015-03-31',
    operations: { Invoke: { method: 'POST', path: '/', input: 'Anything', output: 'Anything' } },
    shapes: { Anything: { type: 'structure' } },
  }),
  operations: {
    Invoke: {
      permissions: 'none',
      readOnly: false,
      handle: async ({ caller }: Call, input: { InvocationType: string; Payload?: Uint8Array }) => {
        if (caller.principal.kind === 'service' && !rotator.permitted) {
          throw new ServiceError('AccessDeniedException', 403, 'not allowed')
        }
        if (input.InvocationType === 'DryRun') return { StatusCode: 204 }
        const event: StepEvent = JSON.parse(Buffer.from(input.Payload ?? []).toString())
        const failed = await rotator.run(event).then(
          () => false,
          () => true,
        )
        return { StatusCode: 200, Payload: Buffer.from('null'), FunctionError: failed ? 'Unhandled' : undefined }
      },
    },
  },
})

/** Secrets Manager in the pipeline, beside KMS and one rotation function, on a clock that a test moves. */
export async function secretsManagerFixture() {
  const rotator: FakeFunction = { run: async () => {}, permitted: true }
  const lambda: ServedService = { definition: lambdaDefinition(rotator), instance: { context: (call) => call } }
  const fixture = await serviceFixture([kms, secretsManager], { others: [lambda] })
  const { store, clock, bus, faults, settle, advance } = fixture

  const call = (operation: string, input: object, inRegion?: string): Promise<unknown> =>
    fixture.call('secretsmanager', operation, input, { region: inRegion })

  return {
    store,
    clock,
    rotator,
    bus,
    faults,
    call,
    create: async (input: Partial<CreateSecretRequest> = {}) => {
      const Name = input.Name ?? `s-${randomUUID()}`
      await call('CreateSecret', { Name, ClientRequestToken: randomUUID(), SecretString: 'first', ...input })
      return Name
    },
    put: async (SecretId: string, SecretString: string, more: object = {}) => {
      const input = { SecretId, SecretString, ClientRequestToken: randomUUID(), ...more }
      return ((await call('PutSecretValue', input)) as PutSecretValueResponse).VersionId ?? ''
    },
    read: async (SecretId: string, more: object = {}, inRegion?: string) =>
      (await call('GetSecretValue', { SecretId, ...more }, inRegion)) as GetSecretValueResponse,
    describe: async (SecretId: string, inRegion?: string) =>
      (await call('DescribeSecret', { SecretId }, inRegion)) as DescribeSecretResponse,
    settle,
    advance,
    /** The service events of a secret, oldest first. */
    eventsOf: (arn: string | undefined): AuditRecord[] =>
      store.records.filter(
        ({ eventType, additionalEventData }) =>
          eventType === 'AwsServiceEvent' && additionalEventData?.SecretId === arn,
      ),
  }
}

export type SecretsManagerFixture = Awaited<ReturnType<typeof secretsManagerFixture>>

/** A rotation function as the documented templates are: a new value, made current when it has been tried. */
export const templateFunction =
  ({ call, describe, read, put }: SecretsManagerFixture) =>
  async ({ Step, SecretId, ClientRequestToken: token }: StepEvent): Promise<void> => {
    const { VersionIdsToStages = {}, RotationEnabled } = await describe(SecretId)
    const labels = VersionIdsToStages[token]
    if (!RotationEnabled || !labels) throw new Error('there is no such rotation')
    if (labels.includes('AWSCURRENT')) return
    if (!labels.includes('AWSPENDING')) throw new Error('the version is not pending')
    if (Step === 'createSecret') {
      const isThere = await read(SecretId, { VersionId: token }).then(
        () => true,
        () => false,
      )
      if (!isThere)
        await put(SecretId, `rotated to ${token}`, { ClientRequestToken: token, VersionStages: ['AWSPENDING'] })
    }
    if (Step === 'testSecret') await read(SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })
    if (Step === 'finishSecret') {
      const holder = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'))
      const input = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: holder }
      await call('UpdateSecretVersionStage', input)
    }
  }

export const lambdaArn = 'arn:aws:lambda:us-east-1:111122223333:function:rotate'

/** Makes a fixture whose function notes each step, does it, and fails where a test asks it to. */
export async function rotating() {
  const fixture = await secretsManagerFixture()
  const asked: StepEvent[] = []
  const run = templateFunction(fixture)
  const state = { failAt: '' }
  const useTemplate = () => {
    fixture.rotator.run = async (event) => {
      asked.push(event)
      if (event.Step === state.failAt) throw new Error('no luck')
      await run(event)
    }
  }
  useTemplate()
  const rotate = async (SecretId: string, more: object = {}) => {
    const ClientRequestToken = randomUUID()
    const input = { SecretId, ClientRequestToken, RotationLambdaARN: lambdaArn, ...more }
    await fixture.call('RotateSecret', input)
    return ClientRequestToken
  }
  return { ...fixture, asked, state, rotate, useTemplate }
}
