import type { EnvironmentResponse, FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { FunctionVersion } from './function.ts'

/** `2026-03-01T12:00:00.000+0000` */
export const lastModified = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '+0000')

/** Whether this call has created or updated the function, or an earlier one has. */
export type ChangeStatus = 'created' | 'updated' | 'settled'

/**
 * A version as operations answer it. Strongroom has a function ready when it answers; as on AWS, the answer to the change
 * itself still says that it is on its way.
 */
export const functionView = (
  version: FunctionVersion,
  environment: EnvironmentResponse | undefined,
  status: ChangeStatus = 'settled',
): FunctionConfiguration => ({
  FunctionName: version.functionName,
  FunctionArn: version.arn,
  Runtime: version.runtime as FunctionConfiguration['Runtime'],
  Role: version.roleArn,
  Handler: version.handler,
  CodeSize: version.code.bytes,
  Description: version.description,
  Timeout: version.timeoutSeconds,
  MemorySize: version.memoryMegabytes,
  LastModified: lastModified(version.lastModifiedMs),
  CodeSha256: version.code.sha256,
  Version: version.version,
  Environment: environment,
  KMSKeyArn: version.kmsKeyArn,
  TracingConfig: { Mode: 'PassThrough' },
  RevisionId: version.revisionId,
  ...states[status],
  PackageType: 'Zip',
  Architectures: [version.architecture],
  EphemeralStorage: { Size: version.ephemeralStorageMegabytes },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
  LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${version.functionName}` },
})

const states = {
  created: { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' },
  updated: { State: 'Active', LastUpdateStatus: 'InProgress' },
  settled: { State: 'Active', LastUpdateStatus: 'Successful' },
} as const satisfies Record<ChangeStatus, Partial<FunctionConfiguration>>
