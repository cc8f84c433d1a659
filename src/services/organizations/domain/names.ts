import { randomBytes } from 'node:crypto'

// Ids and ARNs, as the Organizations API reference and the Service Authorization Reference have them.

export const organizationsPrincipal = 'organizations.amazonaws.com'

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Letters and digits by chance. 252 of 256 bytes are used, so that each character is as likely as any other. */
function chance(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 252 && text.length < length) text += alphabet.charAt(byte % 36)
    }
  }
  return text
}

export const newOrganizationId = () => `o-${chance(10)}`
export const newRootId = () => `r-${chance(4)}`
/** The id of an organizational unit holds that of its root. */
export const newUnitId = (rootId: string) => `ou-${rootId.slice(2)}-${chance(8)}`
export const newPolicyId = () => `p-${chance(8)}`
export const newHandshakeId = () => `h-${chance(32)}`
export const newResourcePolicyId = () => `rp-${chance(8)}`
export const newRequestCarId = () => `car-${randomBytes(16).toString('hex')}`
export const newAccountId = () => String(100_000_000_000 + Number(randomBytes(6).readUIntBE(0, 6) % 900_000_000_000))

/** The ids of an organization and its management account, of which its ARNs are made. */
export interface OrganizationName {
  id: string
  managementAccountId: string
}

const arn = ({ managementAccountId }: OrganizationName, resource: string) =>
  `arn:aws:organizations::${managementAccountId}:${resource}`

export const organizationArn = (of: OrganizationName) => arn(of, `organization/${of.id}`)
export const accountArn = (of: OrganizationName, accountId: string) => arn(of, `account/${of.id}/${accountId}`)
export const rootArn = (of: OrganizationName, rootId: string) => arn(of, `root/${of.id}/${rootId}`)
export const unitArn = (of: OrganizationName, unitId: string) => arn(of, `ou/${of.id}/${unitId}`)
export const resourcePolicyArn = (of: OrganizationName, policyId: string) =>
  arn(of, `resourcepolicy/${of.id}/${policyId}`)
export const handshakeArn = (of: OrganizationName, action: string, handshakeId: string) =>
  arn(of, `handshake/${of.id}/${action.toLowerCase()}/${handshakeId}`)
export const policyArn = (of: OrganizationName, type: string, policyId: string) =>
  arn(of, `policy/${of.id}/${type.toLowerCase()}/${policyId}`)
export const awsPolicyArn = (type: string, policyId: string) =>
  `arn:aws:organizations::aws:policy/${type.toLowerCase()}/${policyId}`

/** Returns the ARN of a root, organizational unit or account by its id. */
export function targetArn(of: OrganizationName, id: string): string {
  if (id.startsWith('r-')) return rootArn(of, id)
  return id.startsWith('ou-') ? unitArn(of, id) : accountArn(of, id)
}

/** Returns the address of an account for which none was given; the next, what it is called. */
export const defaultEmail = (accountId: string) => `${accountId}@strongroom.invalid`
export const defaultName = (accountId: string) => `Account ${accountId}`
