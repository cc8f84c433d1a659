import administratorAccess from './AdministratorAccess.json' with { type: 'json' }
import amazonAthenaFullAccess from './AmazonAthenaFullAccess.json' with { type: 'json' }
import amazonEventBridgeFullAccess from './AmazonEventBridgeFullAccess.json' with { type: 'json' }
import amazonRDSDataFullAccess from './AmazonRDSDataFullAccess.json' with { type: 'json' }
import amazonRDSFullAccess from './AmazonRDSFullAccess.json' with { type: 'json' }
import amazonRDSReadOnlyAccess from './AmazonRDSReadOnlyAccess.json' with { type: 'json' }
import amazonS3FullAccess from './AmazonS3FullAccess.json' with { type: 'json' }
import amazonS3ReadOnlyAccess from './AmazonS3ReadOnlyAccess.json' with { type: 'json' }
import amazonSSMFullAccess from './AmazonSSMFullAccess.json' with { type: 'json' }
import amazonSSMManagedInstanceCore from './AmazonSSMManagedInstanceCore.json' with { type: 'json' }
import amazonSSMReadOnlyAccess from './AmazonSSMReadOnlyAccess.json' with { type: 'json' }
import awsCloudFormationFullAccess from './AWSCloudFormationFullAccess.json' with { type: 'json' }
import awsCloudHSMFullAccess from './AWSCloudHSMFullAccess.json' with { type: 'json' }
import awsCloudHSMReadOnlyAccess from './AWSCloudHSMReadOnlyAccess.json' with { type: 'json' }
import awsCloudTrailFullAccess from './AWSCloudTrail_FullAccess.json' with { type: 'json' }
import awsCloudTrailReadOnlyAccess from './AWSCloudTrail_ReadOnlyAccess.json' with { type: 'json' }
import awsDenyAll from './AWSDenyAll.json' with { type: 'json' }
import awsKeyManagementServicePowerUser from './AWSKeyManagementServicePowerUser.json' with { type: 'json' }
import awsLambdaFullAccess from './AWSLambda_FullAccess.json' with { type: 'json' }
import awsLambdaReadOnlyAccess from './AWSLambda_ReadOnlyAccess.json' with { type: 'json' }
import awsLambdaBasicExecutionRole from './AWSLambdaBasicExecutionRole.json' with { type: 'json' }
import awsOrganizationsFullAccess from './AWSOrganizationsFullAccess.json' with { type: 'json' }
import awsOrganizationsReadOnlyAccess from './AWSOrganizationsReadOnlyAccess.json' with { type: 'json' }
import cloudWatchLogsFullAccess from './CloudWatchLogsFullAccess.json' with { type: 'json' }
import cloudWatchLogsReadOnlyAccess from './CloudWatchLogsReadOnlyAccess.json' with { type: 'json' }
import iamFullAccess from './IAMFullAccess.json' with { type: 'json' }
import iamReadOnlyAccess from './IAMReadOnlyAccess.json' with { type: 'json' }
import iamUserChangePassword from './IAMUserChangePassword.json' with { type: 'json' }
import powerUserAccess from './PowerUserAccess.json' with { type: 'json' }
import readOnlyAccess from './ReadOnlyAccess.json' with { type: 'json' }
import secretsManagerReadWrite from './SecretsManagerReadWrite.json' with { type: 'json' }
import securityAudit from './SecurityAudit.json' with { type: 'json' }
import viewOnlyAccess from './ViewOnlyAccess.json' with { type: 'json' }

export interface AwsManagedPolicy {
  name: string
  /** `/`, or a folder such as `/service-role/`. */
  path: string
  arn: string
  policyId: string
  description: string
  defaultVersionId: string
  /** ISO 8601; the first version of the policy, and the one in force. */
  createDate: string
  updateDate: string
  /** JSON text of the version in force. */
  document: string
}

const policies: readonly (Omit<AwsManagedPolicy, 'arn' | 'document'> & { document: object })[] = [
  administratorAccess,
  amazonAthenaFullAccess,
  amazonEventBridgeFullAccess,
  amazonRDSDataFullAccess,
  amazonRDSFullAccess,
  amazonRDSReadOnlyAccess,
  amazonS3FullAccess,
  amazonS3ReadOnlyAccess,
  amazonSSMFullAccess,
  amazonSSMManagedInstanceCore,
  amazonSSMReadOnlyAccess,
  awsCloudFormationFullAccess,
  awsCloudHSMFullAccess,
  awsCloudHSMReadOnlyAccess,
  awsCloudTrailFullAccess,
  awsCloudTrailReadOnlyAccess,
  awsDenyAll,
  awsKeyManagementServicePowerUser,
  awsLambdaFullAccess,
  awsLambdaReadOnlyAccess,
  awsLambdaBasicExecutionRole,
  awsOrganizationsFullAccess,
  awsOrganizationsReadOnlyAccess,
  cloudWatchLogsFullAccess,
  cloudWatchLogsReadOnlyAccess,
  iamFullAccess,
  iamReadOnlyAccess,
  iamUserChangePassword,
  powerUserAccess,
  readOnlyAccess,
  secretsManagerReadWrite,
  securityAudit,
  viewOnlyAccess,
]

/**
 * AWS's own policies, in order of name: what anybody may attach and nobody may change. The documents are written from the
 * permissions that AWS documents. The three that span all services (ReadOnlyAccess, SecurityAudit, ViewOnlyAccess) are kept
 * to widely used ones. Policy ids are AWS's where AWS has published them.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export const awsManagedPolicies: readonly AwsManagedPolicy[] = policies.map((policy) => ({
  ...policy,
  arn: `arn:aws:iam::aws:policy${policy.path}${policy.name}`,
  document: JSON.stringify(policy.document),
}))
