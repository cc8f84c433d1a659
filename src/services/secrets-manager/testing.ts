import { randomUUID } from 'node:crypto'
import type {
  CreateSecretRequest,
  DescribeSecretResponse,
  GetSecretValueResponse,
  PutSecretValueResponse,
} from '@aws-sdk/client-secrets-manager'
import { callerOf, FixedClock, rootOf } from '../../../test/fixtures/call.ts'
import type { AuditRecord } from '../../core/audit.ts'
import type { Call } from '../../core/call.ts'
import type { Caller } from '../../core/principal.ts'
import type { ServiceCalls } from '../../core/service-calls.ts'
import type { ServiceDefinition } from '../../core/service-definition.ts'
import { ServiceError } from '../../core/service-error.ts'
import { EventBus } from '../../events/event-bus.ts'
import { Corridor } from '../../gateway/corridor.ts'
import { ServiceRegistry } from '../../gateway/service-registry.ts'
import { createScheduler } from '../../scheduler/scheduler.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import { createIdentityDirectory } from '../iam/identity-directory.ts'
import { ensureAccount } from '../iam/storage/account-store.ts'
import { createKeyStores } from '../kms/key-stores/key-stores.ts'
import { kmsService } from '../kms/kms-service.ts'
import { KeyUsageRecorder } from '../kms/storage/key-usage-recorder.ts'
import { createOwnedKeys } from '../kms/storage/owned-keys.ts'
import { secretsManagerService, secretsManagerWork } from './secrets-manager-service.ts'

const accountId = '111122223333'
const region = 'us-east-1'

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
const lambdaService = (rotator: FakeFunction): ServiceDefinition<Call> => ({
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
  context: (call) => call,
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

/** Secrets Manager in the corridor, beside KMS and one rotation function, on a clock that a test moves. */
export async function secretsManagerFixture() {
  const store = await testStore()
  const clock = new FixedClock()
  const faults: unknown[] = []
  const reportFault = (fault: unknown) => faults.push(fault)
  const identity = createIdentityDirectory({ store, reportFault })
  await ensureAccount(store, clock, accountId)
  const calls: ServiceCalls = { invoke: (errand) => corridor.invoke(errand) }
  const rotator: FakeFunction = { run: async () => {}, permitted: true }
  const usages = new KeyUsageRecorder(store, reportFault)
  const sealer = randomSealer()
  const keyStores = createKeyStores({ xks: {} }).providers
  const registry = new ServiceRegistry([
    kmsService({
      store,
      identity,
      usages,
      sealer,
      keyStores,
      importRule: 'symmetric',
      requestQuotas: false,
      ownedKeys: createOwnedKeys({ store, clock }),
    }),
    secretsManagerService({ identity, sealer, calls }),
    lambdaService(rotator),
  ])
  const corridor = new Corridor({ store, clock, identity, registry, sessionRefusal: () => undefined, reportFault })
  const bus = new EventBus()
  const runners = { ...secretsManagerWork({ clock, store, calls }), ...bus.work(store) }
  const scheduler = createScheduler({ store, clock, runners, onError: reportFault })

  const root: Caller = callerOf(rootOf(accountId))

  const call = (operation: string, input: object, inRegion = region): Promise<unknown> =>
    corridor.invoke({ caller: root, region: inRegion, service: 'secretsmanager', operation, input })

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
    read: async (SecretId: string, more: object = {}, inRegion = region) =>
      (await call('GetSecretValue', { SecretId, ...more }, inRegion)) as GetSecretValueResponse,
    describe: async (SecretId: string, inRegion = region) =>
      (await call('DescribeSecret', { SecretId }, inRegion)) as DescribeSecretResponse,
    /** Runs what is due. */
    settle: () => scheduler.runDue(),
    /** Lets time pass, and what falls due run at its time. */
    advance: async (ms: number) => {
      await scheduler.advanceTo(clock.nowMs() + ms, (timeMs) => {
        clock.timeMs = timeMs
      })
    },
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

/** A fixture whose function notes what it is asked, does it, and fails where it is told to. */
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
