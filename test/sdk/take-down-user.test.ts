import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateUserCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetLoginProfileCommand,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListVirtualMFADevicesCommand,
} from '@aws-sdk/client-iam'
import type { Strongroom } from '../../src/server/server.ts'
import { newUser, records } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

test('a user is taken down by a tool that asks for every kind of credential before it deletes', async () => {
  const { iam } = clientsOf(server)
  const UserName = 'leaver'
  await iam.send(new CreateUserCommand({ UserName }))
  const { SSHPublicKeys } = await iam.send(new ListSSHPublicKeysCommand({ UserName }))
  const { VirtualMFADevices } = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }))
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName }))
  const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName }))
  const { ServiceSpecificCredentials } = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName }))
  const found = [SSHPublicKeys, VirtualMFADevices, MFADevices, Certificates, ServiceSpecificCredentials]
  assert.deepEqual(found, [[], [], [], [], []])
  await assert.rejects(iam.send(new DeleteLoginProfileCommand({ UserName })), { name: 'NoSuchEntityException' })
  await iam.send(new DeleteUserCommand({ UserName }))
  await assert.rejects(iam.send(new ListMFADevicesCommand({ UserName })), { name: 'NoSuchEntityException' })
})

test('what a user asks about features that are not used here needs permission and is recorded', async () => {
  const user = await newUser(server, { Action: 'iam:GetLoginProfile' })
  await assert.rejects(user.iam.send(new ListMFADevicesCommand({})), {
    name: 'AccessDenied',
    message: /is not authorized to perform: iam:ListMFADevices on resource: user u-/,
  })
  await assert.rejects(user.iam.send(new GetLoginProfileCommand({})), {
    message: `Login Profile for User ${user.name} cannot be found.`,
  })
  const [refused] = await records(server, 'EventName', 'GetLoginProfile')
  assert.deepEqual([refused.userIdentity.userName, refused.errorCode], [user.name, 'NoSuchEntity'])
})
