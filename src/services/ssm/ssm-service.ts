import type { Operation, Permission } from '../../core/operation.ts'
import { unlessRefused } from '../../core/service-error.ts'
import { removedTagKeys, requestTagKeys } from '../../kit/tag-keys.ts'
import { checkWrittenName, qualifiedName } from './domain/parameter-name.ts'
import {
  deleteParameter,
  deleteParameters,
  deleteParametersPermissions,
  onWrittenName,
} from './operations/delete-parameters.ts'
import { describeParameters } from './operations/describe-parameters.ts'
import { getParameterHistory, getParameterHistoryPermissions } from './operations/get-parameter-history.ts'
import {
  getParameter,
  getParameterPermissions,
  getParameters,
  getParametersPermissions,
} from './operations/get-parameters.ts'
import { getParametersByPath, getParametersByPathPermissions } from './operations/get-parameters-by-path.ts'
import { labelParameterVersion, unlabelParameterVersion } from './operations/label-versions.ts'
import { arnIn, onAccount, parameterResource } from './operations/permissions.ts'
import { putParameter, putParameterPermissions } from './operations/put-parameter.ts'
import {
  deleteResourcePolicy,
  getResourcePolicies,
  onSharedParameter,
  putResourcePolicy,
} from './operations/resource-policies.ts'
import {
  getServiceSetting,
  onSetting,
  resetServiceSetting,
  updateServiceSetting,
} from './operations/service-settings.ts'
import { addTagsToResource, listTagsForResource, onTaggedResource, removeTagsFromResource } from './operations/tags.ts'
import { listNone } from './operations/unused-features.ts'
import type { SsmContext } from './ssm-context.ts'

type Handle<I, O> = (context: SsmContext, input: I) => Promise<O>
type Decide<I> = (context: SsmContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>
// The type of an operation's input follows from its handler alone.
type More<I, O> = Pick<Operation<SsmContext, I, O>, 'constraints' | 'audit'>

const read = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<NoInfer<I>>,
  more?: More<NoInfer<I>, NoInfer<O>>,
): Operation<SsmContext, I, O> => ({ handle, permissions, readOnly: true, ...more })

const write = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<NoInfer<I>>,
  more?: More<NoInfer<I>, NoInfer<O>>,
): Operation<SsmContext, I, O> => ({ handle, permissions, readOnly: false, ...more })

const resourcesNamed = ({ call }: SsmContext, names: readonly string[] = []) =>
  names.flatMap((text) => {
    const { accountId } = call
    const name = unlessRefused(() => checkWrittenName(text, call))
    if (name === undefined) return []
    return [parameterResource(accountId, arnIn(call, { accountId, qualified: qualifiedName(name) }))]
  })

/** The parameter that the record of a change names. */
const changedOne = {
  resources: (context: SsmContext, { Name }: { Name: string }) => resourcesNamed(context, [Name]),
}

const sharedOne = {
  audit: {
    resources: ({ call }: SsmContext, { ResourceArn }: { ResourceArn: string }) => [
      parameterResource(call.accountId, ResourceArn),
    ],
  },
}

// AWS records neither reads nor deletions of what does not exist.
const unrecordedErrors = ['ParameterNotFound']

const hiddenValue = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** In the order in which AWS prints them. */
const parameterTypes = ['SecureString', 'StringList', 'String']

/** Everything Parameter Store can do; of what Systems Manager does besides, lists that are empty. */
export const ssmOperations = {
  PutParameter: write(putParameter, putParameterPermissions, {
    // The service model sets no least length; AWS does.
    constraints: { Type: { enum: parameterTypes }, Value: { length: [1, null] } },
    audit: { ...changedOne, maskRequest: { Value: hiddenValue } },
  }),
  GetParameter: read(getParameter, getParameterPermissions, { audit: { unrecordedErrors } }),
  GetParameters: read(getParameters, getParametersPermissions),
  GetParametersByPath: read(getParametersByPath, getParametersByPathPermissions),
  GetParameterHistory: read(getParameterHistory, getParameterHistoryPermissions),
  DescribeParameters: read(describeParameters, onAccount),
  DeleteParameter: write(deleteParameter, onWrittenName, { audit: { ...changedOne, unrecordedErrors } }),
  DeleteParameters: write(deleteParameters, deleteParametersPermissions, {
    audit: { resources: (context, _input, output) => resourcesNamed(context, output?.DeletedParameters) },
  }),
  LabelParameterVersion: write(labelParameterVersion, onWrittenName, { audit: changedOne }),
  UnlabelParameterVersion: write(unlabelParameterVersion, onWrittenName, { audit: changedOne }),

  AddTagsToResource: write(
    addTagsToResource,
    onTaggedResource(({ Tags }) => requestTagKeys(Tags)),
  ),
  RemoveTagsFromResource: write(
    removeTagsFromResource,
    onTaggedResource(({ TagKeys }) => removedTagKeys(TagKeys)),
  ),
  ListTagsForResource: read(listTagsForResource, onTaggedResource()),

  PutResourcePolicy: write(putResourcePolicy, onSharedParameter, sharedOne),
  GetResourcePolicies: read(getResourcePolicies, onSharedParameter),
  DeleteResourcePolicy: write(deleteResourcePolicy, onSharedParameter, sharedOne),

  GetServiceSetting: read(getServiceSetting, onSetting),
  UpdateServiceSetting: write(updateServiceSetting, onSetting),
  ResetServiceSetting: write(resetServiceSetting, onSetting),

  DescribeActivations: read(listNone('ActivationList'), onAccount),
  DescribeAutomationExecutions: read(listNone('AutomationExecutionMetadataList'), onAccount),
  DescribeInstanceInformation: read(listNone('InstanceInformationList'), onAccount),
  DescribeInventoryDeletions: read(listNone('InventoryDeletions'), onAccount),
  DescribeMaintenanceWindows: read(listNone('WindowIdentities'), onAccount),
  DescribeOpsItems: read(listNone('OpsItemSummaries'), onAccount),
  DescribePatchGroups: read(listNone('Mappings'), onAccount),
  DescribeSessions: read(listNone('Sessions'), onAccount),
  ListAssociations: read(listNone('Associations'), onAccount),
  ListCommandInvocations: read(listNone('CommandInvocations'), onAccount),
  ListCommands: read(listNone('Commands'), onAccount),
  ListComplianceItems: read(listNone('ComplianceItems'), onAccount),
  ListComplianceSummaries: read(listNone('ComplianceSummaryItems'), onAccount),
  ListOpsMetadata: read(listNone('OpsMetadataList'), onAccount),
  ListResourceComplianceSummaries: read(listNone('ResourceComplianceSummaryItems'), onAccount),
  ListResourceDataSync: read(listNone('ResourceDataSyncItems'), onAccount),
} satisfies Record<string, Operation<SsmContext, never, unknown>>
