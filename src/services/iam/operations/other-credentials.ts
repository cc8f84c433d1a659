import type {
  DeleteLoginProfileRequest,
  GetLoginProfileRequest,
  GetLoginProfileResponse,
  GetMFADeviceRequest,
  GetMFADeviceResponse,
  GetSSHPublicKeyRequest,
  GetSSHPublicKeyResponse,
  ListServiceSpecificCredentialsRequest,
  ListServiceSpecificCredentialsResponse,
} from '@aws-sdk/client-iam'
import type { Permission, Validated } from '../../../core/operation.ts'
import { loginProfileNotFound, mfaDeviceNotFound, sshPublicKeyNotFound, userNameNeeded } from '../domain/errors.ts'
import { iamArn } from '../domain/names.ts'
import { emptyPage, type PageRequest } from '../domain/pagination.ts'
import type { IamContext } from '../iam-context.ts'
import { userKind } from '../storage/entity-store.ts'
import { actionOf } from './permissions.ts'
import { onTargetUser, targetUser } from './target-user.ts'

// Users have access keys and nothing else to show: no passwords, devices, SSH keys or certificates can be made. These
// operations answer what IAM answers for a user who has none.

export interface UserInput {
  UserName?: string
}

/** @throws ServiceError NoSuchEntity for a user who is not there. */
async function checkTarget({ call, entities }: IamContext, { UserName }: UserInput): Promise<void> {
  const target = targetUser(call, UserName)
  if (!target.isRoot) await entities.get(userKind, target.userName)
}

/**
 * ListMFADevices, ListSSHPublicKeys, ListSigningCertificates.
 * @param member - of the answer: `MFADevices`.
 * @throws ServiceError NoSuchEntity, ValidationError (marker).
 */
export const listNoneOfUser =
  <Member extends string>(member: Member) =>
  async (context: IamContext, input: UserInput & PageRequest) => {
    await checkTarget(context, input)
    return emptyPage(member, input)
  }

type ServiceCredentialsRequest = Validated<ListServiceSpecificCredentialsRequest>

export const onServiceCredentials = (
  context: IamContext,
  { UserName, AllUsers }: ServiceCredentialsRequest,
): Promise<Permission[]> | Permission[] => {
  const { call } = context
  return AllUsers
    ? [{ action: actionOf(call), resource: iamArn(call.accountId, 'user', '/', '*') }]
    : onTargetUser(context, { UserName })
}

/** @throws ServiceError NoSuchEntity, ValidationError (marker). */
export async function listServiceSpecificCredentials(
  context: IamContext,
  { AllUsers, ...input }: ServiceCredentialsRequest,
): Promise<ListServiceSpecificCredentialsResponse> {
  if (!AllUsers) await checkTarget(context, input)
  return emptyPage('ServiceSpecificCredentials', input)
}

/** @throws ServiceError NoSuchEntity - the user, or that it has no password. */
export const getLoginProfile = (context: IamContext, input: GetLoginProfileRequest): Promise<GetLoginProfileResponse> =>
  refuseLoginProfile(context, input)

/** @throws ServiceError NoSuchEntity - the user, or that it has no password. */
export const deleteLoginProfile = (context: IamContext, input: DeleteLoginProfileRequest): Promise<undefined> =>
  refuseLoginProfile(context, input)

async function refuseLoginProfile(context: IamContext, { UserName }: UserInput): Promise<never> {
  const target = targetUser(context.call, UserName)
  if (target.isRoot) throw userNameNeeded()
  await checkTarget(context, { UserName })
  throw loginProfileNotFound(target.userName)
}

/** @throws ServiceError NoSuchEntity. */
export async function getMfaDevice(
  context: IamContext,
  { SerialNumber, UserName }: Validated<GetMFADeviceRequest>,
): Promise<GetMFADeviceResponse> {
  await checkTarget(context, { UserName })
  throw mfaDeviceNotFound(SerialNumber)
}

/** @throws ServiceError NoSuchEntity. */
export async function getSshPublicKey(
  context: IamContext,
  { UserName, SSHPublicKeyId }: Validated<GetSSHPublicKeyRequest>,
): Promise<GetSSHPublicKeyResponse> {
  await checkTarget(context, { UserName })
  throw sshPublicKeyNotFound(SSHPublicKeyId)
}
