// How CloudTrail spells the members of its records. DuckDB compares names as they are written; tables have them in lower case.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

const members = `
  eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage
  requestParameters responseElements additionalEventData requestID eventID readOnly resources eventType apiVersion managementEvent
  recipientAccountId serviceEventDetails sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory addendum
  sessionCredentialFromConsole edgeDeviceDetails tlsDetails insightDetails annotation eventContext
  principalId arn accountId invokedBy accessKeyId userName onBehalfOf userId identityStoreArn sessionContext attributes
  mfaAuthenticated creationDate sessionIssuer ec2RoleDelivery webIdFederationData federatedProvider sourceIdentity
  assumedRoot credentialId identityProvider inScopeOf sourceArn sourceAccount issuerType credentialsIssuedTo
  ARN ARNPrefix type
  reason updatedFields originalRequestID originalEventID tlsVersion cipherSuite clientProvidedHostHeader
  state insightType insightContext statistics baseline insight insightDuration average value count
`

const spellings = new Map(
  members
    .trim()
    .split(/\s+/)
    .map((name) => [name.toLowerCase(), name]),
)

/** @param path - names of a column and of the fields in it that lead there, in lower case. */
export function cloudTrailSpelling(path: readonly string[]): string | undefined {
  const name = path.at(-1) ?? ''
  // The same member has two spellings: of identities, and of the resources of a record.
  if (name === 'arn' || name === 'arnprefix')
    return path[0] === 'resources' ? name.toUpperCase().replace('PREFIX', 'Prefix') : name
  return spellings.get(name)
}
