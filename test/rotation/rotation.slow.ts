import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CancelRotateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { describe, newSecret, newUser, read, records } from '../secrets-manager/fixture.ts'
import { passwordService, permit, rotationFunction } from './fixture.ts'

const day = 24 * 60 * 60

let server: Strongroom
let client: ReturnType<typeof clientsOf>['secrets']
before(async () => {
  server = await startTestServer({ clock: new Date('2026-01-15T12:00:00Z') })
  client = clientsOf(server).secrets
})
after(() => server.stop())

const secretOf = (password: string) =>
  newSecret(client, { SecretString: JSON.stringify({ username: 'app', password, host: 'kept' }) })

const rotate = (SecretId: string, RotationLambdaARN: string, more: object = {}) =>
  client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, ...more }))

const passwordIn = async (SecretId: string, more: object = {}) =>
  JSON.parse((await read(client, SecretId, more)).SecretString ?? '').password

test('SM1: a JavaScript function rotates a password every month of a year while the clock is moved', async () => {
  const service = await passwordService('start')
  try {
    const { name, arn } = await secretOf('start')
    const lambdaArn = await rotationFunction(server, 'monthly', service)
    await assert.rejects(rotate(name, lambdaArn), {
      name: 'AccessDeniedException',
      message:
        'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    })
    assert.equal('RotationEnabled' in (await describe(client, name)), false)
    await permit(server, 'monthly')
    const mayNotInvoke = await newUser(server, { Action: 'secretsmanager:RotateSecret' })
    const asThem = new RotateSecretCommand({ SecretId: name, RotationLambdaARN: lambdaArn })
    await assert.rejects(mayNotInvoke.secrets.send(asThem), /is not authorized to perform: lambda:InvokeFunction/)

    const RotationRules = { ScheduleExpression: 'cron(0 4 1 * ? *)', Duration: '3h' }
    const { VersionId } = await rotate(name, lambdaArn, { RotationRules })
    await server.advance(60)
    assert.equal((await read(client, name)).VersionId, VersionId)
    assert.equal(service.passwords.length, 2)
    assert.equal(service.passwords[1], await passwordIn(name))
    assert.equal(service.passwords[0], await passwordIn(name, { VersionStage: 'AWSPREVIOUS' }))
    assert.equal(JSON.parse((await read(client, name)).SecretString ?? '').host, 'kept')
    const { NextRotationDate, LastRotatedDate } = await describe(client, name)
    assert.equal(NextRotationDate?.toISOString(), '2026-02-01T07:00:00.000Z')
    assert.ok(LastRotatedDate)

    await server.advance(365 * day)
    assert.equal(service.passwords.length, 14)
    assert.equal(service.passwords.at(-1), await passwordIn(name))
    assert.equal(new Set(service.passwords).size, 14)
    assert.equal((await describe(client, name)).NextRotationDate?.toISOString(), '2027-02-01T07:00:00.000Z')
    const events = await records(server, 'ResourceName', arn)
    const rotations = events.filter(({ eventName }) => /^Rotation/.test(eventName))
    // The event history goes back 90 days: newest first.
    assert.deepEqual(
      rotations.map(({ eventName, eventTime }) => [eventName, eventTime.slice(0, 13)]),
      ['2027-01-01T04', '2026-12-01T04', '2026-11-01T04'].flatMap((hour) => [
        ['RotationSucceeded', hour],
        ['RotationStarted', hour],
      ]),
    )
    await client.send(new CancelRotateSecretCommand({ SecretId: name }))
  } finally {
    await service.close()
  }
})

test('SM1: a Python function rotates a password every month of a year while the clock is moved', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const service = await passwordService('start')
  try {
    const { name } = await secretOf('start')
    const lambdaArn = await rotationFunction(server, 'monthly-in-python', service, { language: 'python' })
    await permit(server, 'monthly-in-python')
    await rotate(name, lambdaArn, { RotationRules: { ScheduleExpression: 'cron(0 4 1 * ? *)', Duration: '3h' } })
    await server.advance(60)
    assert.equal(service.passwords.length, 2)
    await server.advance(365 * day)
    assert.equal(service.passwords.length, 14)
    assert.equal(new Set(service.passwords).size, 14)
    assert.equal(service.passwords.at(-1), await passwordIn(name))
    assert.equal(service.passwords.at(-2), await passwordIn(name, { VersionStage: 'AWSPREVIOUS' }))
    await client.send(new CancelRotateSecretCommand({ SecretId: name }))
  } finally {
    await service.close()
  }
})

test('SM1: a Python function rotates; a step that fails is tried again and nothing is lost', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const service = await passwordService('start')
  try {
    const { name, arn, versionId } = await secretOf('start')
    const lambdaArn = await rotationFunction(server, 'in-python', service, { language: 'python' })
    await permit(server, 'in-python')
    // The service has another password than the secret holds: no client can log in.
    service.passwords = ['forgotten']
    const { VersionId = '' } = await rotate(name, lambdaArn)
    await server.advance(30)
    assert.deepEqual((await describe(client, name)).VersionIdsToStages, {
      [versionId]: ['AWSCURRENT'],
      [VersionId]: ['AWSPENDING'],
    })
    const failures = (await records(server, 'EventName', 'RotationFailed')).filter(
      ({ additionalEventData }) => additionalEventData.SecretId === arn,
    )
    assert.equal(failures[0].errorMessage, `Error when executing lambda ${lambdaArn} during setSecret step`)
    service.passwords = ['start']
    await server.advance(60)
    assert.equal((await read(client, name)).VersionId, VersionId)
    assert.deepEqual(service.passwords, ['start', await passwordIn(name)])
    await client.send(new CancelRotateSecretCommand({ SecretId: name }))
    assert.equal((await describe(client, name)).RotationEnabled, false)
  } finally {
    await service.close()
  }
})

test('SM1: RotateImmediately=false tries the function with the current value alone', async () => {
  const service = await passwordService('start')
  try {
    const { name, versionId } = await secretOf('start')
    const lambdaArn = await rotationFunction(server, 'tried', service)
    await permit(server, 'tried')
    const asked: string[] = []
    service.onRequest = (method) => asked.push(method)
    await rotate(name, lambdaArn, { RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 10 } })
    await server.advance(30)
    assert.deepEqual(asked, ['GET'])
    assert.deepEqual(service.passwords, ['start'])
    assert.deepEqual((await describe(client, name)).VersionIdsToStages, { [versionId]: ['AWSCURRENT'] })
    const [tested] = await records(server, 'EventName', 'TestRotationSucceeded')
    assert.equal(tested.eventType, 'AwsServiceEvent')
  } finally {
    await service.close()
  }
})
