import type { BodyLimit, MemberConstraint, Operation, Permission } from '../../core/operation.ts'
import { unlessRefused } from '../../core/service-error.ts'
import { requestTooLarge } from './domain/errors.ts'
import { quotas } from './domain/quotas.ts'
import type { LambdaContext } from './lambda-context.ts'
import { createAlias, deleteAlias, getAlias, listAliases, onAlias, updateAlias } from './operations/aliases.ts'
import {
  getCodeSigningConfig,
  getFunctionCodeSigningConfig,
  listCodeSigningConfigs,
  listFunctionsByCodeSigningConfig,
  onCodeSigningConfig,
} from './operations/code-signing.ts'
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunctionConcurrency,
  putFunctionConcurrency,
} from './operations/concurrency.ts'
import { createFunction, createFunctionPermissions } from './operations/create-function.ts'
import { deleteFunction } from './operations/delete-function.ts'
import {
  getEventSourceMapping,
  listEventSourceMappings,
  onEventSourceMapping,
} from './operations/event-source-mappings.ts'
import {
  getFunctionEventInvokeConfig,
  getFunctionRecursionConfig,
  getFunctionUrlConfig,
  getProvisionedConcurrencyConfig,
  getRuntimeManagementConfig,
  listFunctionEventInvokeConfigs,
  listFunctionUrlConfigs,
  listProvisionedConcurrencyConfigs,
} from './operations/function-settings.ts'
import { getFunction, getFunctionConfiguration } from './operations/get-function.ts'
import { invoke } from './operations/invoke.ts'
import {
  getLayerVersion,
  getLayerVersionPolicy,
  listLayers,
  listLayerVersions,
  onLayerVersion,
  onLayerVersionArn,
} from './operations/layers.ts'
import { listFunctions, listVersionsByFunction } from './operations/list-functions.ts'
import { onAccount, onFunction } from './operations/permissions.ts'
import { publishVersion } from './operations/publish-version.ts'
import { addPermission, addPermissionContext, getPolicy, removePermission } from './operations/resource-policy.ts'
import { listTags, onResource, tagResource, untagResource } from './operations/tags.ts'
import {
  updateConfigurationPermissions,
  updateFunctionCode,
  updateFunctionConfiguration,
} from './operations/update-function.ts'
import { functionResource } from './storage/call-functions.ts'

type Handle<I, O> = (context: LambdaContext, input: I) => Promise<O>
type Decide<I> = (context: LambdaContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>
type Facts<I, O> = Pick<Operation<LambdaContext, I, O>, 'readOnly' | 'constraints' | 'body' | 'category'>

interface OnFunction {
  FunctionName?: string
  /** Operations on tags have the ARN alone. */
  Resource?: string
}

// The variables of a function are secret, as is what it logs, and its code, which as bytes is left out in any case.
const hidden = ['Environment', 'ClientContext', 'LogResult']

/** @param name - as CloudTrail has it: the operation's, with the date of its API and its version. */
function operation<I extends object, O>(
  name: string,
  handle: Handle<I, O>,
  permissions: Decide<I>,
  facts: Facts<I, O>,
): Operation<LambdaContext, I, O> {
  return {
    handle,
    permissions,
    ...facts,
    audit: {
      eventName: name,
      hideRequest: hidden,
      hideResponse: hidden,
      resources: ({ functions }, input) => {
        const { FunctionName, Resource = FunctionName }: OnFunction = input
        const target = Resource === undefined ? undefined : unlessRefused(() => functions.target(Resource))
        return target ? [functionResource(target)] : []
      },
    },
  }
}

const read = { readOnly: true }
const write = { readOnly: false }

const codeBody = (name: string): BodyLimit => ({
  limitBytes: quotas.codeRequestBytes,
  tooLarge: () => requestTooLarge(name, quotas.codeRequestBytes),
})

const invokeBody: BodyLimit = {
  limitBytes: quotas.syncPayloadBytes,
  tooLarge: () => requestTooLarge('InvokeFunction', quotas.syncPayloadBytes),
}

/**
 * A runtime is refused with the whole list of what this server runs, where the service model has its own; the model has no
 * upper limit of the timeout, which AWS answers in the form of its constraints all the same.
 */
const configuration: Record<string, MemberConstraint> = {
  Runtime: { enum: undefined },
  Timeout: { range: [1, quotas.maxTimeoutSeconds] },
}

/** Everything Lambda can do; what is missing here answers that it is not built. */
export const lambdaOperations = {
  CreateFunction: operation('CreateFunction20150331', createFunction, createFunctionPermissions, {
    ...write,
    body: codeBody('CreateFunction'),
    constraints: configuration,
  }),
  GetFunction: operation('GetFunction20150331v2', getFunction, onFunction(), read),
  GetFunctionConfiguration: operation(
    'GetFunctionConfiguration20150331v2',
    getFunctionConfiguration,
    onFunction(),
    read,
  ),
  ListFunctions: operation('ListFunctions20150331', listFunctions, onAccount, read),
  UpdateFunctionCode: operation('UpdateFunctionCode20150331v2', updateFunctionCode, onFunction(), {
    ...write,
    body: codeBody('UpdateFunctionCode'),
  }),
  UpdateFunctionConfiguration: operation(
    'UpdateFunctionConfiguration20150331v2',
    updateFunctionConfiguration,
    updateConfigurationPermissions,
    { ...write, constraints: configuration },
  ),
  DeleteFunction: operation('DeleteFunction20150331', deleteFunction, onFunction(), write),

  PublishVersion: operation('PublishVersion20150331', publishVersion, onFunction(), write),
  ListVersionsByFunction: operation('ListVersionsByFunction20150331', listVersionsByFunction, onFunction(), read),
  CreateAlias: operation('CreateAlias20150331', createAlias, onAlias, write),
  GetAlias: operation('GetAlias20150331', getAlias, onAlias, read),
  UpdateAlias: operation('UpdateAlias20150331', updateAlias, onAlias, write),
  DeleteAlias: operation('DeleteAlias20150331', deleteAlias, onAlias, write),
  ListAliases: operation('ListAliases20150331', listAliases, onFunction(), read),

  AddPermission: operation(
    'AddPermission20150331v2',
    addPermission,
    onFunction({ context: addPermissionContext }),
    write,
  ),
  RemovePermission: operation('RemovePermission20150331v2', removePermission, onFunction(), write),
  GetPolicy: operation('GetPolicy20150331v2', getPolicy, onFunction(), read),

  PutFunctionConcurrency: operation('PutFunctionConcurrency20171031', putFunctionConcurrency, onFunction(), write),
  GetFunctionConcurrency: operation('GetFunctionConcurrency20190930', getFunctionConcurrency, onFunction(), read),
  DeleteFunctionConcurrency: operation(
    'DeleteFunctionConcurrency20171031',
    deleteFunctionConcurrency,
    onFunction(),
    write,
  ),
  GetAccountSettings: operation('GetAccountSettings20160819', getAccountSettings, onAccount, read),

  GetFunctionCodeSigningConfig: operation(
    'GetFunctionCodeSigningConfig',
    getFunctionCodeSigningConfig,
    onFunction(),
    read,
  ),
  GetCodeSigningConfig: operation('GetCodeSigningConfig', getCodeSigningConfig, onCodeSigningConfig, read),
  ListCodeSigningConfigs: operation('ListCodeSigningConfigs', listCodeSigningConfigs, onAccount, read),
  ListFunctionsByCodeSigningConfig: operation(
    'ListFunctionsByCodeSigningConfig',
    listFunctionsByCodeSigningConfig,
    onCodeSigningConfig,
    read,
  ),
  GetRuntimeManagementConfig: operation('GetRuntimeManagementConfig', getRuntimeManagementConfig, onFunction(), read),
  GetFunctionRecursionConfig: operation('GetFunctionRecursionConfig', getFunctionRecursionConfig, onFunction(), read),
  GetFunctionEventInvokeConfig: operation(
    'GetFunctionEventInvokeConfig',
    getFunctionEventInvokeConfig,
    onFunction(),
    read,
  ),
  ListFunctionEventInvokeConfigs: operation(
    'ListFunctionEventInvokeConfigs',
    listFunctionEventInvokeConfigs,
    onFunction(),
    read,
  ),
  GetFunctionUrlConfig: operation('GetFunctionUrlConfig', getFunctionUrlConfig, onFunction(), read),
  ListFunctionUrlConfigs: operation('ListFunctionUrlConfigs', listFunctionUrlConfigs, onFunction(), read),
  GetProvisionedConcurrencyConfig: operation(
    'GetProvisionedConcurrencyConfig',
    getProvisionedConcurrencyConfig,
    onFunction(),
    read,
  ),
  ListProvisionedConcurrencyConfigs: operation(
    'ListProvisionedConcurrencyConfigs',
    listProvisionedConcurrencyConfigs,
    onFunction(),
    read,
  ),
  GetEventSourceMapping: operation('GetEventSourceMapping20150331', getEventSourceMapping, onEventSourceMapping, read),
  ListEventSourceMappings: operation('ListEventSourceMappings20150331', listEventSourceMappings, onAccount, read),
  ListLayers: operation('ListLayers20181031', listLayers, onAccount, read),
  ListLayerVersions: operation('ListLayerVersions20181031', listLayerVersions, onAccount, read),
  GetLayerVersion: operation('GetLayerVersion20181031', getLayerVersion, onLayerVersion, read),
  GetLayerVersionByArn: operation('GetLayerVersionByArn20181031', getLayerVersion, onLayerVersionArn, read),
  GetLayerVersionPolicy: operation('GetLayerVersionPolicy20181031', getLayerVersionPolicy, onLayerVersion, read),

  TagResource: operation('TagResource20170331v2', tagResource, onResource, write),
  UntagResource: operation('UntagResource20170331v2', untagResource, onResource, write),
  ListTags: operation('ListTags20170331', listTags, onResource, read),

  Invoke: operation('Invoke', invoke, onFunction({ action: 'lambda:InvokeFunction' }), {
    ...write,
    category: 'Data',
    body: invokeBody,
  }),
} satisfies Record<string, Operation<LambdaContext, never, unknown>>
