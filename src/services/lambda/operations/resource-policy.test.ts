import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../core/principal.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { servicePrincipal } from '../../../core/services/service-calls.ts'
import {
  accountId,
  alice,
  arnOf,
  idOf,
  lambdaFixture,
  newUser,
  otherAccountId,
  policyOf,
  region,
  stranger,
} from '../testing.ts'

const functionArn = `arn:aws:lambda:${region}:${accountId}:function:f`
const secretArn = `arn:aws:secretsmanager:${region}:${accountId}:secret:db-AbCdEf`
const secretsManager = (arn = secretArn) => servicePrincipal('secretsmanager.amazonaws.com', { arn, accountId })

const fromSecretsManager = {
  FunctionName: 'f',
  StatementId: 'rotation',
  Action: 'lambda:InvokeFunction',
  Principal: 'secretsmanager.amazonaws.com',
}

async function withFunction() {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Publish: true })
  const invokes = async (caller: Caller, FunctionName = functionArn) => {
    try {
      await lambda.call('Invoke', { FunctionName }, { caller })
      return true
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'AccessDeniedException') return false
      throw error
    }
  }
  return Object.assign(lambda, { invokes })
}

test('a service may invoke a function whose policy lets it, for the resource that the policy names', async () => {
  const lambda = await withFunction()
  assert.equal(await lambda.invokes(secretsManager()), false)
  const { Statement } = await lambda.call('AddPermission', {
    ...fromSecretsManager,
    SourceArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:db-*`,
    SourceAccount: accountId,
  })
  assert.deepEqual(JSON.parse(Statement ?? ''), {
    Sid: 'rotation',
    Effect: 'Allow',
    Principal: { Service: 'secretsmanager.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: functionArn,
    Condition: {
      StringEquals: { 'AWS:SourceAccount': accountId },
      ArnLike: { 'AWS:SourceArn': `arn:aws:secretsmanager:${region}:${accountId}:secret:db-*` },
    },
  })
  assert.equal(await lambda.invokes(secretsManager()), true)
  assert.equal(await lambda.invokes(secretsManager(secretArn.replace(':db-', ':other-'))), false)
  const other = servicePrincipal('secretsmanager.amazonaws.com', { arn: secretArn, accountId: otherAccountId })
  assert.equal(await lambda.invokes(other), false)
  await lambda.call('RemovePermission', { FunctionName: 'f', StatementId: 'rotation' })
  assert.equal(await lambda.invokes(secretsManager()), false)
})

test('what a service gets of an invocation is what its rotation needs', async () => {
  const lambda = await withFunction()
  await lambda.call('AddPermission', fromSecretsManager)
  lambda.answer = async () => ({ payload: Buffer.from('{"errorType":"Error"}'), failed: true })
  const Payload = Buffer.from('{"Step":"createSecret"}')
  const answer = await lambda.call('Invoke', { FunctionName: functionArn, Payload }, { caller: secretsManager() })
  assert.deepEqual([answer.StatusCode, answer.FunctionError, answer.ExecutedVersion], [200, 'Unhandled', '$LATEST'])
  assert.ok(answer.Payload instanceof Uint8Array)
  assert.equal(Buffer.from(answer.Payload).toString(), '{"errorType":"Error"}')
  assert.equal(lambda.runs.at(-1)?.event.payload.toString(), '{"Step":"createSecret"}')
})

test('another account may use a function when both sides allow it, by ARN', async () => {
  const lambda = await withFunction()
  assert.equal(await lambda.invokes(stranger), false)
  const permission = {
    FunctionName: 'f',
    StatementId: 'them',
    Action: 'lambda:InvokeFunction',
    Principal: otherAccountId,
  }
  const { Statement } = await lambda.call('AddPermission', permission)
  assert.deepEqual(JSON.parse(Statement ?? '').Principal, { AWS: `arn:aws:iam::${otherAccountId}:root` })
  assert.equal(await lambda.invokes(stranger), true)
  // By its name alone it would be a function of the caller's own.
  await assert.rejects(lambda.invokes(stranger, 'f'), { code: 'ResourceNotFoundException' })
  await lambda.putUser(stranger, [policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })])
  assert.equal(await lambda.invokes(stranger), false)
})

test('the policy of an alias lets in by the alias alone', async () => {
  const lambda = await withFunction()
  await lambda.call('CreateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '1' })
  await lambda.call('AddPermission', { ...fromSecretsManager, Qualifier: 'live' })
  assert.equal(await lambda.invokes(secretsManager()), false)
  assert.equal(await lambda.invokes(secretsManager(), `${functionArn}:live`), true)
  assert.equal(await lambda.invokes(secretsManager(), `${functionArn}:1`), false)
  const { Policy } = await lambda.call('GetPolicy', { FunctionName: 'f', Qualifier: 'live' })
  assert.equal(JSON.parse(Policy ?? '').Statement[0].Resource, `${functionArn}:live`)
  await assert.rejects(lambda.call('GetPolicy', { FunctionName: 'f' }), {
    code: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  })
  await assert.rejects(lambda.call('RemovePermission', { FunctionName: 'f', StatementId: 'rotation' }), {
    code: 'ResourceNotFoundException',
    message: 'No policy is associated with the given resource.',
  })
  await assert.rejects(lambda.call('AddPermission', { ...fromSecretsManager, Qualifier: '$LATEST' }), {
    code: 'InvalidParameterValueException',
    message: 'We currently do not support adding policies for $LATEST.',
  })
})

test('a statement that names a user means that user, not the next one of that name', async () => {
  const lambda = await withFunction()
  await lambda.removeUser(stranger)
  const permission = {
    FunctionName: 'f',
    StatementId: 'one',
    Action: 'lambda:InvokeFunction',
    Principal: arnOf(stranger),
  }
  await assert.rejects(lambda.call('AddPermission', permission), {
    code: 'InvalidParameterValueException',
    message: 'The provided principal was invalid. Please check the principal and try again.',
  })
  await lambda.putUser(stranger)
  await lambda.call('AddPermission', permission)
  assert.equal(await lambda.invokes(stranger), true)
  await lambda.removeUser(stranger)
  const namesake = newUser('mallory', otherAccountId)
  await lambda.putUser(namesake)
  assert.equal(await lambda.invokes(namesake), false)
  const { Policy } = await lambda.call('GetPolicy', { FunctionName: 'f' })
  assert.deepEqual(JSON.parse(Policy ?? '').Statement[0].Principal, { AWS: idOf(stranger) })
})

test('AddPermission refuses a statement twice, a policy over 20 KB and a revision that has passed', async () => {
  const lambda = await withFunction()
  await lambda.call('AddPermission', fromSecretsManager)
  await assert.rejects(lambda.call('AddPermission', fromSecretsManager), {
    code: 'ResourceConflictException',
    status: 409,
    message:
      'The statement id (rotation) provided already exists. Please provide a new statement id, or remove the existing statement.',
  })
  const { RevisionId } = await lambda.call('GetPolicy', { FunctionName: 'f' })
  await lambda.call('AddPermission', { ...fromSecretsManager, StatementId: 'second', RevisionId })
  const stale = { ...fromSecretsManager, StatementId: 'third', RevisionId }
  await assert.rejects(lambda.call('AddPermission', stale), { code: 'PreconditionFailedException' })
  await assert.rejects(lambda.call('RemovePermission', { FunctionName: 'f', StatementId: 'never' }), {
    code: 'ResourceNotFoundException',
    message: 'Statement never is not found in resource policy.',
  })
  const add = async () => {
    for (let count = 0; count < 200; count++) {
      await lambda.call('AddPermission', { ...fromSecretsManager, StatementId: `s${count}` })
    }
  }
  await assert.rejects(add(), {
    code: 'PolicyLengthExceededException',
    message: /^The final policy size \(20[4-9]\d\d\) is bigger than the limit \(20480\)\.$/,
  })
})

test('identity policies may name single functions and their tags', async () => {
  const lambda = await withFunction()
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  const statement = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${functionArn}*`, Condition }
  await lambda.putUser(alice, [policyOf(statement)])
  assert.equal(await lambda.invokes(alice), false)
  await lambda.call('TagResource', { Resource: functionArn, Tags: { team: 'blue' } })
  assert.equal(await lambda.invokes(alice), true)
})
