import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  DescribeActivationsCommand,
  DescribeAutomationExecutionsCommand,
  DescribeInstanceInformationCommand,
  DescribeInventoryDeletionsCommand,
  DescribeMaintenanceWindowsCommand,
  DescribeOpsItemsCommand,
  DescribePatchGroupsCommand,
  DescribeSessionsCommand,
  ListAssociationsCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  ListComplianceItemsCommand,
  ListComplianceSummariesCommand,
  ListOpsMetadataCommand,
  ListResourceComplianceSummariesCommand,
  ListResourceDataSyncCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { newUser } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let ssm: SSMClient
before(async () => {
  server = await startTestServer()
  ssm = clientsOf(server).ssm
})
after(() => server.stop())

test('an account without managed nodes has nothing of what is made for them', async () => {
  const lists = await Promise.all([
    ssm.send(new DescribeActivationsCommand({})).then(({ ActivationList }) => ActivationList),
    ssm
      .send(new DescribeAutomationExecutionsCommand({}))
      .then(({ AutomationExecutionMetadataList }) => AutomationExecutionMetadataList),
    ssm
      .send(new DescribeInstanceInformationCommand({ MaxResults: 5 }))
      .then(({ InstanceInformationList }) => InstanceInformationList),
    ssm.send(new DescribeInventoryDeletionsCommand({})).then(({ InventoryDeletions }) => InventoryDeletions),
    ssm.send(new DescribeMaintenanceWindowsCommand({})).then(({ WindowIdentities }) => WindowIdentities),
    ssm.send(new DescribeOpsItemsCommand({})).then(({ OpsItemSummaries }) => OpsItemSummaries),
    ssm.send(new DescribePatchGroupsCommand({})).then(({ Mappings }) => Mappings),
    ssm.send(new DescribeSessionsCommand({ State: 'Active' })).then(({ Sessions }) => Sessions),
    ssm.send(new ListAssociationsCommand({})).then(({ Associations }) => Associations),
    ssm.send(new ListCommandInvocationsCommand({})).then(({ CommandInvocations }) => CommandInvocations),
    ssm.send(new ListCommandsCommand({})).then(({ Commands }) => Commands),
    ssm.send(new ListComplianceItemsCommand({})).then(({ ComplianceItems }) => ComplianceItems),
    ssm.send(new ListComplianceSummariesCommand({})).then(({ ComplianceSummaryItems }) => ComplianceSummaryItems),
    ssm.send(new ListOpsMetadataCommand({})).then(({ OpsMetadataList }) => OpsMetadataList),
    ssm
      .send(new ListResourceComplianceSummariesCommand({}))
      .then(({ ResourceComplianceSummaryItems }) => ResourceComplianceSummaryItems),
    ssm.send(new ListResourceDataSyncCommand({})).then(({ ResourceDataSyncItems }) => ResourceDataSyncItems),
  ])
  for (const list of lists) assert.deepEqual(list, [])
})

test('lists without entries look at their requests all the same', async () => {
  await assert.rejects(ssm.send(new ListCommandsCommand({ NextToken: 'x' })), { name: 'InvalidNextToken' })
  await assert.rejects(ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 4 })), {
    name: 'ValidationException',
  })
  await assert.rejects(ssm.send(new DescribeSessionsCommand({ State: 'Gone' as 'Active' })), {
    name: 'ValidationException',
  })
  const user = await newUser(server, { Action: 'ssm:ListCommands' })
  assert.deepEqual((await user.ssm.send(new ListCommandsCommand({}))).Commands, [])
  await assert.rejects(user.ssm.send(new ListAssociationsCommand({})), {
    name: 'AccessDeniedException',
    message:
      /not authorized to perform: ssm:ListAssociations on resource: arn:aws:ssm:us-east-1:\d{12}:\* because no identity/,
  })
})
