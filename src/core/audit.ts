/** The principal that acted, as CloudTrail's userIdentity element shows it. */
export interface UserIdentity {
  /** Absent in the records of what KMS does of its own accord. */
  type?: string
  principalId?: string
  arn?: string
  accountId?: string
  accessKeyId?: string
  userName?: string
  sessionContext?: {
    sessionIssuer?: { type: string; principalId: string; arn: string; accountId: string; userName?: string }
    webIdFederationData?: Record<string, unknown>
    attributes: { creationDate: string; mfaAuthenticated: 'true' | 'false' }
    sourceIdentity?: string
  }
  invokedBy?: string
}

export interface AuditResource {
  accountId?: string
  type?: string
  ARN?: string
  /** In place of an ARN, where the call is about everything that begins so. */
  ARNPrefix?: string
}

/**
 * A CloudTrail event record, version 1.11, members in the order of AWS's own files.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export interface AuditRecord {
  eventVersion: '1.11'
  userIdentity: UserIdentity
  /** Whole seconds, `YYYY-MM-DDTHH:MM:SSZ`. */
  eventTime: string
  eventSource: string
  eventName: string
  awsRegion: string
  sourceIPAddress: string
  userAgent?: string
  errorCode?: string
  errorMessage?: string
  requestParameters: Record<string, unknown> | null
  responseElements: Record<string, unknown> | null
  additionalEventData?: Record<string, unknown>
  requestID?: string
  eventID: string
  readOnly: boolean
  resources?: readonly AuditResource[]
  eventType: 'AwsApiCall' | 'AwsServiceEvent'
  apiVersion?: string
  managementEvent: boolean
  recipientAccountId: string
  sharedEventID?: string
  serviceEventDetails?: Record<string, unknown>
  eventCategory: 'Management' | 'Data'
  tlsDetails?: { tlsVersion?: string; cipherSuite?: string; clientProvidedHostHeader: string }
}
