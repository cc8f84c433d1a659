import type {
  GetFederationTokenRequest,
  GetFederationTokenResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts'
import type { AuditDeclaration, MemberConstraint, Operation, Permission, Validated } from '../../core/operation.ts'
import { assumeRole, assumeRoleAudit, permissionsToAssume } from './operations/assume-role.ts'
import { maxSessionTokenCharacters, recordedCredentials } from './operations/credentials.ts'
import { decodeAuthorizationMessage } from './operations/decode-authorization-message.ts'
import { getAccessKeyInfo } from './operations/get-access-key-info.ts'
import { getCallerIdentity } from './operations/get-caller-identity.ts'
import { getFederationToken, permissionsToFederate } from './operations/get-federation-token.ts'
import { getSessionToken } from './operations/get-session-token.ts'
import type { StsContext } from './sts-context.ts'

// Texts of the API reference that the service model leaves out.
const tokenSize: MemberConstraint = { range: [0, maxSessionTokenCharacters] }
const sessionPolicy: MemberConstraint = { length: [1, 2048] }
const sessionPolicyArns: MemberConstraint = { length: [null, 10] }

/** For actions that no resource belongs to. */
const onAnything = ({ call }: StsContext): Permission[] => [
  { action: `sts:${call.operation}`, resource: '*', printedResource: null },
]

const sessionTokenAudit: AuditDeclaration<StsContext, Validated<GetSessionTokenRequest>, GetSessionTokenResponse> = {
  hideRequest: ['TokenCode'],
  response: (_context, _request, { Credentials }) => ({ credentials: Credentials && recordedCredentials(Credentials) }),
}

const federationTokenAudit: AuditDeclaration<
  StsContext,
  Validated<GetFederationTokenRequest>,
  GetFederationTokenResponse
> = {
  response: (_context, _request, { Credentials, FederatedUser, PackedPolicySize }) => ({
    credentials: Credentials && recordedCredentials(Credentials),
    federatedUser: { federatedUserId: FederatedUser?.FederatedUserId, arn: FederatedUser?.Arn },
    packedPolicySize: PackedPolicySize,
  }),
}

export const stsOperations = {
  AssumeRole: {
    handle: assumeRole,
    permissions: permissionsToAssume,
    readOnly: true,
    constraints: { Policy: sessionPolicy, PolicyArns: sessionPolicyArns, MinimumSessionTokenSize: tokenSize },
    audit: assumeRoleAudit,
  },
  DecodeAuthorizationMessage: { handle: decodeAuthorizationMessage, permissions: onAnything, readOnly: true },
  GetAccessKeyInfo: { handle: getAccessKeyInfo, permissions: onAnything, readOnly: true },
  GetCallerIdentity: { handle: getCallerIdentity, permissions: 'none', readOnly: true },
  GetFederationToken: {
    handle: getFederationToken,
    permissions: permissionsToFederate,
    readOnly: false,
    constraints: { PolicyArns: sessionPolicyArns, MinimumSessionTokenSize: tokenSize },
    audit: federationTokenAudit,
  },
  GetSessionToken: {
    handle: getSessionToken,
    permissions: 'none',
    readOnly: false,
    constraints: { MinimumSessionTokenSize: tokenSize },
    audit: sessionTokenAudit,
  },
} satisfies Record<string, Operation<StsContext, never, unknown>>
