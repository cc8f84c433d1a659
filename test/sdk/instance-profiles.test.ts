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
import type { Strongroom } from '../../src/server/server.ts'
import { newUser, records } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

test('a role and its instance profile are made and taken down in the order of tools that keep infrastructure', async () => {
  const { iam } = clientsOf(server, server.credentials)
  const RoleName = 'web'
  const InstanceProfileName = 'web-profile'
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

test('who adds a role to a profile must be allowed to pass it on to machines, and the record shows both answers', async () => {
  const { iam } = clientsOf(server, server.credentials)
  const given = { RoleName: 'passed', InstanceProfileName: 'passed-profile' }
  const { Role } = await iam.send(new CreateRoleCommand({ ...given, AssumeRolePolicyDocument }))
  await iam.send(new CreateInstanceProfileCommand(given))
  const passing = (service: string) => ({
    Action: ['iam:AddRoleToInstanceProfile', 'iam:PassRole'],
    Condition: { StringEqualsIfExists: { 'iam:PassedToService': service } },
  })
  const adder = await newUser(server, { Action: 'iam:AddRoleToInstanceProfile' })
  const elsewhere = await newUser(server, passing('lambda.amazonaws.com'))
  for (const user of [adder, elsewhere]) {
    await assert.rejects(user.iam.send(new AddRoleToInstanceProfileCommand(given)), {
      name: 'AccessDenied',
      message:
        `User: ${user.arn} is not authorized to perform: iam:PassRole on resource: ${Role?.Arn} ` +
        'because no identity-based policy allows the iam:PassRole action',
    })
  }
  const passer = await newUser(server, passing('ec2.amazonaws.com'))
  await passer.iam.send(new AddRoleToInstanceProfileCommand(given))
  const answers = await records(server, 'EventName', 'AddRoleToInstanceProfile')
  const ofUsers = [passer, elsewhere, adder].map(({ name }) =>
    answers.find(({ userIdentity }) => userIdentity.userName === name),
  )
  assert.deepEqual(
    ofUsers.map((record) => [record?.eventSource, record?.readOnly, record?.errorCode]),
    [
      ['iam.amazonaws.com', false, undefined],
      ['iam.amazonaws.com', false, 'AccessDenied'],
      ['iam.amazonaws.com', false, 'AccessDenied'],
    ],
  )
  assert.deepEqual(ofUsers[0]?.requestParameters, {
    instanceProfileName: given.InstanceProfileName,
    roleName: given.RoleName,
  })
})
