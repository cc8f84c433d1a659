import { formatArn, parseArn } from '../../../core/arn.ts'
import { channelArnInvalid, eventDataStoreArnInvalid, trailArnInvalid, trailNameInvalid } from './errors.ts'

/** Where what is named without an ARN is looked for. */
export interface Place {
  partition: string
  region: string
  accountId: string
}

/**
 * The ARN of a trail that is named by its ARN or, in its own account and Region, by its name.
 * @throws ServiceError InvalidTrailNameException, CloudTrailARNInvalidException.
 */
export function trailArn(place: Place, nameOrArn: string): string {
  if (!nameOrArn.startsWith('arn:')) return arnOf(place, `trail/${checkTrailName(nameOrArn)}`)
  const name = resourceOf(nameOrArn, 'trail')
  if (name === undefined) throw trailArnInvalid(nameOrArn)
  checkTrailName(name)
  return nameOrArn
}

/**
 * Checks the name of a trail in AWS's order.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
 */
function checkTrailName(name: string): string {
  const length = `Specified name length: ${name.length} characters.`
  if (name.length < 3) throw trailNameInvalid(`Trail name too short. Minimum allowed length: 3 characters. ${length}`)
  if (name.length > 128)
    throw trailNameInvalid(`Trail name too long. Maximum allowed length: 128 characters. ${length}`)
  if (!/^[A-Za-z0-9]/.test(name)) throw trailNameInvalid('Trail name must starts with a letter or number.')
  if (!/[A-Za-z0-9]$/.test(name)) throw trailNameInvalid('Trail name must ends with a letter or number.')
  if (!/^[\w.-]+$/.test(name) || /[._-]{2}/.test(name) || /^\d+(\.\d+){3}$/.test(name)) {
    throw trailNameInvalid(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    )
  }
  return name
}

/** @param idOrArn - its ARN, or the last part of it. @throws ServiceError EventDataStoreARNInvalidException. */
export const eventDataStoreArn = (place: Place, idOrArn: string): string =>
  arnByLastPart(place, 'eventdatastore', idOrArn, eventDataStoreArnInvalid)

/** @param idOrArn - its ARN, or the last part of it. @throws ServiceError ChannelARNInvalidException. */
export const channelArn = (place: Place, idOrArn: string): string =>
  arnByLastPart(place, 'channel', idOrArn, channelArnInvalid)

function arnByLastPart(place: Place, kind: string, idOrArn: string, invalid: (text: string) => Error): string {
  const id = idOrArn.startsWith('arn:') ? resourceOf(idOrArn, kind) : idOrArn
  if (id === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw invalid(idOrArn)
  return id === idOrArn ? arnOf(place, `${kind}/${id}`) : idOrArn
}

/** The ARN of a dashboard that is named by it or by its name. */
export const dashboardArn = (place: Place, nameOrArn: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : arnOf(place, `dashboard/${nameOrArn}`)

const arnOf = ({ partition, region, accountId }: Place, resource: string) =>
  formatArn({ partition, service: 'cloudtrail', region, accountId, resource })

function resourceOf(text: string, kind: string): string | undefined {
  const arn = parseArn(text)
  const isOfCloudTrail = arn?.service === 'cloudtrail' && arn.region !== '' && /^\d{12}$/.test(arn.accountId)
  return isOfCloudTrail && arn.resource.startsWith(`${kind}/`) ? arn.resource.slice(kind.length + 1) : undefined
}
