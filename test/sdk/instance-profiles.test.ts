import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetInstanceProfileCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam'
import type { Strongroom } from '../../src/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

test('a role and its instance profile are made and taken down in the order of tools that keep infrastructure', async () => {
  const { iam } = clientsOf(server, server.credentials)
  const RoleName = 'web'
  const InstanceProfileName = 'web-profile'
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'team', Value: 'red' }] }))
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
  const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))
  assert.deepEqual(
    [InstanceProfile?.Roles?.map((role) => role.RoleName), InstanceProfile?.Tags],
    [[RoleName], [{ Key: 'team', Value: 'red' }]],
  )
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName })), { name: 'DeleteConflictException' })

  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))
  for (const { InstanceProfileName } of InstanceProfiles) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }))
  }
  assert.deepEqual((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies, [])
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames, [])
  await iam.send(new DeleteRoleCommand({ RoleName }))
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }))
  await assert.rejects(iam.send(new GetInstanceProfileCommand({ InstanceProfileName })), {
    name: 'NoSuchEntityException',
  })
})
