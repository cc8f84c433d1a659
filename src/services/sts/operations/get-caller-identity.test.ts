import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf } from '../../../../test/fixtures/call.ts'
import type { Principal } from '../../../core/principal.ts'
import { idOf } from '../../../testing/callers.ts'
import { stsOperations } from '../sts-service.ts'
import { accountId, alice, root, stsFixture } from '../testing.ts'

test('GetCallerIdentity tells a user, a root user, a role session and a federated user who they are', async () => {
  const sts = await stsFixture()
  const session: Principal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/deploy/ci`,
    roleArn: `arn:aws:iam::${accountId}:role/teams/deploy`,
    roleId: 'AROARTX3GSDSQDEPLOY11',
    roleName: 'deploy',
    sessionName: 'ci',
  }
  const federated: Principal = {
    kind: 'federated-user',
    accountId,
    arn: `arn:aws:sts::${accountId}:federated-user/bob`,
    name: 'bob',
    issuer: { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` },
  }
  assert.deepEqual(await sts.call('GetCallerIdentity', undefined, alice), {
    UserId: idOf(alice),
    Account: accountId,
    Arn: `arn:aws:iam::${accountId}:user/alice`,
  })
  assert.deepEqual(await sts.call('GetCallerIdentity', undefined, root), {
    UserId: accountId,
    Account: accountId,
    Arn: `arn:aws:iam::${accountId}:root`,
  })
  assert.deepEqual(await sts.call('GetCallerIdentity', undefined, callerOf(session)), {
    UserId: 'AROARTX3GSDSQDEPLOY11:ci',
    Account: accountId,
    Arn: session.arn,
  })
  assert.deepEqual(await sts.call('GetCallerIdentity', undefined, callerOf(federated)), {
    UserId: `${accountId}:bob`,
    Account: accountId,
    Arn: federated.arn,
  })
})

test('GetCallerIdentity asks for no permission, so none can be denied', () => {
  assert.equal(stsOperations.GetCallerIdentity.permissions, 'none')
})
