import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda'
import { handlerNeeded, memoryOutOfRange, notSupportedYet } from './errors.ts'
import type { FunctionConfiguration } from './function.ts'
import { quotas } from './quotas.ts'
import { runtimeFamily } from './runtimes.ts'

type Given = Partial<
  Pick<
    CreateFunctionRequest & UpdateFunctionConfigurationRequest,
    | 'Description'
    | 'Runtime'
    | 'Handler'
    | 'Role'
    | 'Timeout'
    | 'MemorySize'
    | 'EphemeralStorage'
    | 'KMSKeyArn'
    | 'Layers'
    | 'VpcConfig'
    | 'DeadLetterConfig'
    | 'FileSystemConfigs'
    | 'ImageConfig'
    | 'CodeSigningConfigArn'
    | 'TracingConfig'
    | 'SnapStart'
    | 'LoggingConfig'
    | 'PackageType'
    | 'DurableConfig'
    | 'CapacityProviderConfig'
    | 'TenancyConfig'
    | 'PublishTo'
  >
>

const defaults = {
  description: '',
  timeoutSeconds: 3,
  memoryMegabytes: 128,
  ephemeralStorageMegabytes: 512,
  architecture: 'x86_64',
} as const

/** The configuration of a new function. @throws ServiceError InvalidParameterValueException. */
export function newConfiguration(given: Given & { Architectures?: readonly string[] }): FunctionConfiguration {
  const { Runtime: runtime, Handler: handler, Role: roleArn = '' } = given
  if (runtime === undefined || handler === undefined) {
    checkSupported(given)
    throw handlerNeeded()
  }
  const architecture = given.Architectures?.[0] === 'arm64' ? 'arm64' : defaults.architecture
  return changedConfiguration({ ...defaults, architecture, runtime, handler, roleArn }, given)
}

/** A configuration with what a request changes of it. @throws ServiceError InvalidParameterValueException. */
export function changedConfiguration<T extends FunctionConfiguration>(before: T, given: Given): T {
  checkSupported(given)
  const after = {
    ...before,
    description: given.Description ?? before.description,
    runtime: given.Runtime ?? before.runtime,
    handler: given.Handler ?? before.handler,
    roleArn: given.Role ?? before.roleArn,
    timeoutSeconds: given.Timeout ?? before.timeoutSeconds,
    memoryMegabytes: given.MemorySize ?? before.memoryMegabytes,
    ephemeralStorageMegabytes: given.EphemeralStorage?.Size ?? before.ephemeralStorageMegabytes,
    // An empty text takes the key away.
    kmsKeyArn: given.KMSKeyArn === undefined ? before.kmsKeyArn : given.KMSKeyArn || undefined,
  }
  runtimeFamily(after.runtime)
  if (after.memoryMegabytes > quotas.maxMemoryMegabytes) throw memoryOutOfRange()
  return after
}

/** What a request may ask for on AWS, and here only in the form that asks for nothing. */
function checkSupported(given: Given): void {
  const { VpcConfig, DeadLetterConfig, LoggingConfig, ImageConfig } = given
  const asked: Record<string, boolean> = {
    'container images': given.PackageType === 'Image' || Object.keys(ImageConfig ?? {}).length > 0,
    layers: (given.Layers?.length ?? 0) > 0,
    VpcConfig: (VpcConfig?.SubnetIds?.length ?? 0) > 0 || (VpcConfig?.SecurityGroupIds?.length ?? 0) > 0,
    DeadLetterConfig: Boolean(DeadLetterConfig?.TargetArn),
    FileSystemConfigs: (given.FileSystemConfigs?.length ?? 0) > 0,
    'code signing': Boolean(given.CodeSigningConfigArn),
    'active tracing': given.TracingConfig?.Mode === 'Active',
    SnapStart: given.SnapStart?.ApplyOn === 'PublishedVersions',
    LoggingConfig:
      LoggingConfig?.LogFormat === 'JSON' ||
      [LoggingConfig?.ApplicationLogLevel, LoggingConfig?.SystemLogLevel, LoggingConfig?.LogGroup].some(Boolean),
    DurableConfig: given.DurableConfig !== undefined,
    CapacityProviderConfig: given.CapacityProviderConfig !== undefined,
    TenancyConfig: given.TenancyConfig !== undefined,
    PublishTo: given.PublishTo !== undefined,
  }
  for (const [feature, isAsked] of Object.entries(asked)) if (isAsked) throw notSupportedYet(feature)
}
