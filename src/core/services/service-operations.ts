import type { Readable } from 'node:stream'
import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch'
import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  PutLogEventsRequest,
  PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { PutEventsRequest, PutEventsResponse } from '@aws-sdk/client-eventbridge'
import type {
  BatchCreatePartitionRequest,
  BatchCreatePartitionResponse,
  BatchDeletePartitionRequest,
  BatchDeletePartitionResponse,
  CreateDatabaseRequest,
  CreateDatabaseResponse,
  CreateTableRequest,
  CreateTableResponse,
  DeleteDatabaseRequest,
  DeleteDatabaseResponse,
  DeleteTableRequest,
  DeleteTableResponse,
  GetDatabaseRequest,
  GetDatabaseResponse,
  GetDatabasesRequest,
  GetDatabasesResponse,
  GetPartitionsRequest,
  GetPartitionsResponse,
  GetTableRequest,
  GetTableResponse,
  GetTablesRequest,
  GetTablesResponse,
  UpdateTableRequest,
  UpdateTableResponse,
} from '@aws-sdk/client-glue'
import type {
  AttachRolePolicyRequest,
  CreateRoleRequest,
  CreateRoleResponse,
  UpdateAssumeRolePolicyRequest,
} from '@aws-sdk/client-iam'
import type {
  CreateGrantRequest,
  CreateGrantResponse,
  DecryptRequest,
  DecryptResponse,
  DescribeKeyRequest,
  DescribeKeyResponse,
  EncryptRequest,
  EncryptResponse,
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  RetireGrantRequest,
} from '@aws-sdk/client-kms'
import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import type {
  DeregisterDelegatedAdministratorRequest,
  RegisterDelegatedAdministratorRequest,
} from '@aws-sdk/client-organizations'
import type {
  DeleteObjectOutput,
  DeleteObjectRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetObjectOutput,
  GetObjectRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  HeadObjectOutput,
  HeadObjectRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
  PutObjectOutput,
  PutObjectRequest,
} from '@aws-sdk/client-s3'
import type {
  CreateSecretRequest,
  CreateSecretResponse,
  DeleteSecretRequest,
  DeleteSecretResponse,
  GetSecretValueRequest,
  GetSecretValueResponse,
  PutSecretValueRequest,
  PutSecretValueResponse,
} from '@aws-sdk/client-secrets-manager'
import type { PublishInput, PublishResponse } from '@aws-sdk/client-sns'
import type { SendMessageRequest, SendMessageResult } from '@aws-sdk/client-sqs'
import type { AssumeRoleRequest, Credentials } from '@aws-sdk/client-sts'
import type { BodyStream } from '../body-stream.ts'
import type { Validated } from '../operation.ts'

/** An operation's input, and its output with the members that every answer has. */
interface Operation<Input extends object, Output, Given extends keyof Output = never> {
  input: Input
  output: Output & { [Member in Given]-?: Exclude<Output[Member], undefined> }
}

/** What services ask of one another: by service and operation as declared. */
interface ServiceOperations {
  events: {
    PutEvents: Operation<PutEventsRequest, PutEventsResponse>
  }
  glue: {
    BatchCreatePartition: Operation<BatchCreatePartitionRequest, BatchCreatePartitionResponse>
    BatchDeletePartition: Operation<BatchDeletePartitionRequest, BatchDeletePartitionResponse>
    CreateDatabase: Operation<CreateDatabaseRequest, CreateDatabaseResponse>
    CreateTable: Operation<CreateTableRequest, CreateTableResponse>
    DeleteDatabase: Operation<DeleteDatabaseRequest, DeleteDatabaseResponse>
    DeleteTable: Operation<DeleteTableRequest, DeleteTableResponse>
    GetDatabase: Operation<GetDatabaseRequest, GetDatabaseResponse, 'Database'>
    GetDatabases: Operation<GetDatabasesRequest, GetDatabasesResponse, 'DatabaseList'>
    GetPartitions: Operation<GetPartitionsRequest, GetPartitionsResponse, 'Partitions'>
    GetTable: Operation<GetTableRequest, GetTableResponse, 'Table'>
    GetTables: Operation<GetTablesRequest, GetTablesResponse, 'TableList'>
    UpdateTable: Operation<UpdateTableRequest, UpdateTableResponse>
  }
  iam: {
    AttachRolePolicy: Operation<AttachRolePolicyRequest, undefined>
    CreateRole: Operation<CreateRoleRequest, CreateRoleResponse, 'Role'>
    UpdateAssumeRolePolicy: Operation<UpdateAssumeRolePolicyRequest, undefined>
  }
  kms: {
    CreateGrant: Operation<CreateGrantRequest, CreateGrantResponse, 'GrantId'>
    Decrypt: Operation<DecryptRequest, DecryptResponse, 'Plaintext'>
    DescribeKey: Operation<DescribeKeyRequest, DescribeKeyResponse, 'KeyMetadata'>
    Encrypt: Operation<EncryptRequest, EncryptResponse, 'CiphertextBlob' | 'KeyId'>
    GenerateDataKey: Operation<
      GenerateDataKeyRequest,
      GenerateDataKeyResponse,
      'Plaintext' | 'CiphertextBlob' | 'KeyId'
    >
    RetireGrant: Operation<RetireGrantRequest, undefined>
  }
  lambda: {
    Invoke: Operation<InvocationRequest, InvocationResponse>
  }
  logs: {
    CreateLogGroup: Operation<CreateLogGroupRequest, undefined>
    CreateLogStream: Operation<CreateLogStreamRequest, undefined>
    PutLogEvents: Operation<PutLogEventsRequest, PutLogEventsResponse>
  }
  monitoring: {
    PutMetricData: Operation<PutMetricDataInput, undefined>
  }
  organizations: {
    DeregisterDelegatedAdministrator: Operation<DeregisterDelegatedAdministratorRequest, undefined>
    RegisterDelegatedAdministrator: Operation<RegisterDelegatedAdministratorRequest, undefined>
  }
  s3: {
    DeleteObject: Operation<DeleteObjectRequest, DeleteObjectOutput>
    GetBucketAcl: Operation<GetBucketAclRequest, GetBucketAclOutput>
    GetObject: Operation<GetObjectRequest, Omit<GetObjectOutput, 'Body'> & { Body: Buffer | Readable }>
    HeadBucket: Operation<HeadBucketRequest, HeadBucketOutput>
    HeadObject: Operation<HeadObjectRequest, HeadObjectOutput>
    ListObjectsV2: Operation<ListObjectsV2Request, ListObjectsV2Output>
    PutObject: Operation<
      Omit<PutObjectRequest, 'Body'> & { Body?: Uint8Array | string | BodyStream },
      PutObjectOutput,
      'ETag'
    >
  }
  secretsmanager: {
    CreateSecret: Operation<CreateSecretRequest, CreateSecretResponse, 'ARN'>
    DeleteSecret: Operation<DeleteSecretRequest, DeleteSecretResponse>
    PutSecretValue: Operation<PutSecretValueRequest, PutSecretValueResponse>
    GetSecretValue: Operation<GetSecretValueRequest, GetSecretValueResponse>
  }
  sns: {
    Publish: Operation<PublishInput, PublishResponse, 'MessageId'>
  }
  sqs: {
    SendMessage: Operation<SendMessageRequest, SendMessageResult, 'MessageId'>
  }
  sts: {
    AssumeRole: Operation<AssumeRoleRequest, { Credentials: Validated<Credentials> }>
  }
}

export type ServiceName = keyof ServiceOperations
export type OperationName<S extends ServiceName> = keyof ServiceOperations[S] & string

type Types<S extends ServiceName, O extends OperationName<S>> = Extract<
  ServiceOperations[S][O],
  { input: object; output: unknown }
>
export type InputOf<S extends ServiceName, O extends OperationName<S>> = Types<S, O>['input']
export type OutputOf<S extends ServiceName, O extends OperationName<S>> = Types<S, O>['output']

/** The operations of one service, as one caller reaches them. */
export type ServiceClient<S extends ServiceName> = <O extends OperationName<S>>(
  operation: O,
  input: InputOf<S, O>,
) => Promise<OutputOf<S, O>>
