import type {
  GetObjectLegalHoldOutput,
  GetObjectLegalHoldRequest,
  GetObjectLockConfigurationOutput,
  GetObjectLockConfigurationRequest,
  GetObjectRetentionOutput,
  GetObjectRetentionRequest,
  PutObjectLegalHoldRequest,
  PutObjectLockConfigurationRequest,
  PutObjectRetentionRequest,
} from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { DefaultRetention } from '../../domain/bucket.ts'
import {
  lockedObject,
  lockNeedsVersioning,
  noLockConfiguration,
  noObjectLock,
} from '../../domain/configuration-errors.ts'
import { invalidArgument, malformedXml } from '../../domain/errors.ts'
import type { Retention } from '../../domain/object.ts'
import { missingLockConfiguration, retentionOf } from '../../domain/object-lock.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { changeObject } from '../objects/change-object.ts'
import { mayBypass } from '../objects/delete-object.ts'
import { findObject } from '../objects/find-object.ts'
import { onObject, retentionKeys } from '../objects/object-permissions.ts'
import { changeBucket } from './change-bucket.ts'

/**
 * Enables Object Lock, for good, and sets how long new versions are locked.
 * @throws ServiceError MalformedXML, InvalidBucketState without versioning.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
 */
export async function putObjectLockConfiguration(
  context: S3Context,
  input: Validated<PutObjectLockConfigurationRequest>,
): Promise<undefined> {
  const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {}
  if (ObjectLockEnabled !== 'Enabled') throw malformedXml()
  const retention = readDefault(Rule?.DefaultRetention)
  return changeBucket(context, input, (bucket) => {
    if (bucket.versioning !== 'Enabled') throw lockNeedsVersioning()
    return { ...bucket, objectLock: { ...(retention && { retention }) } }
  })
}

const mostYears = 100
const mostDays = 36_500

function readDefault(
  given: { Mode?: string | undefined; Days?: number | undefined; Years?: number | undefined } | undefined,
): DefaultRetention | undefined {
  if (!given) return undefined
  const { Mode, Days, Years } = given
  if (Mode !== 'GOVERNANCE' && Mode !== 'COMPLIANCE') throw malformedXml()
  if ((Days === undefined) === (Years === undefined)) throw malformedXml()
  const period = Days ?? Years ?? 0
  if (period < 1) throw invalidArgument('Default retention period must be a positive integer value.')
  if (period > (Days === undefined ? mostYears : mostDays)) {
    throw invalidArgument('Default retention period is too large.')
  }
  return { mode: Mode, ...(Days === undefined ? { years: period } : { days: period }) }
}

/**
 * @throws ServiceError ObjectLockConfigurationNotFoundError.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
 */
export async function getObjectLockConfiguration(
  context: S3Context,
  input: Validated<GetObjectLockConfigurationRequest>,
): Promise<GetObjectLockConfigurationOutput> {
  const { name, objectLock } = await findBucket(context, input)
  if (!objectLock) throw noLockConfiguration(name)
  const { retention } = objectLock
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      ...(retention && {
        Rule: {
          DefaultRetention: {
            Mode: retention.mode,
            ...(retention.days !== undefined && { Days: retention.days }),
            ...(retention.years !== undefined && { Years: retention.years }),
          },
        },
      }),
    },
  }
}

type RetentionRequest = Validated<PutObjectRetentionRequest>

export const onRetention = (context: S3Context, input: RetentionRequest): Promise<Permission[]> => {
  const { Mode, RetainUntilDate } = input.Retention ?? {}
  const keys = {
    ...(Mode !== undefined && { 's3:object-lock-mode': Mode }),
    ...(RetainUntilDate && retentionKeys(RetainUntilDate, context.call.clock.nowMs())),
  }
  return onObject(['PutObjectRetention', 'PutObjectRetention'], () => keys)(context, input)
}

/**
 * Locks a version until a time, or changes its lock: in compliance mode it can only become longer; in governance mode callers who may
 * bypass it can change it as they like.
 * @throws ServiceError InvalidRequest, InvalidArgument, AccessDenied, MalformedXML.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
 */
export async function putObjectRetention(context: S3Context, input: RetentionRequest): Promise<Record<never, never>> {
  const { call } = context
  const bucket = await findBucket(context, input)
  if (!bucket.objectLock) throw missingLockConfiguration()
  const { Mode, RetainUntilDate } = input.Retention ?? {}
  if (!input.Retention || (Mode === undefined) !== (RetainUntilDate === undefined)) throw malformedXml()
  const asked = Mode && RetainUntilDate ? retentionOf(Mode, RetainUntilDate, call.clock.nowMs()) : undefined
  const bypass = await mayBypass(context, bucket, input.Key ?? '', input.BypassGovernanceRetention)
  return changeObject(
    context,
    input,
    (version) => {
      const { retention, ...details } = version.details
      if (retention && retention.untilMs > call.clock.nowMs() && !mayBecome(retention, asked, bypass))
        throw lockedObject()
      return { ...version, details: asked ? { ...details, retention: asked } : details }
    },
    () => ({}),
  )
}

function mayBecome(present: Retention, asked: Retention | undefined, bypass: boolean): boolean {
  const isLonger = asked !== undefined && asked.untilMs >= present.untilMs
  if (present.mode === 'COMPLIANCE') return isLonger && asked.mode === 'COMPLIANCE'
  return bypass || isLonger
}

/** @throws ServiceError NoSuchObjectLockConfiguration, InvalidRequest. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export async function getObjectRetention(
  context: S3Context,
  input: Validated<GetObjectRetentionRequest>,
): Promise<GetObjectRetentionOutput> {
  const bucket = await findBucket(context, input)
  if (!bucket.objectLock) throw missingLockConfiguration()
  const { retention } = (await findObject(context, bucket, input)).details
  if (!retention) throw noObjectLock()
  return { Retention: { Mode: retention.mode, RetainUntilDate: new Date(retention.untilMs) } }
}

/** @throws ServiceError InvalidRequest, MalformedXML. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export async function putObjectLegalHold(
  context: S3Context,
  input: Validated<PutObjectLegalHoldRequest>,
): Promise<Record<never, never>> {
  const bucket = await findBucket(context, input)
  if (!bucket.objectLock) throw missingLockConfiguration()
  const status = input.LegalHold?.Status
  if (status !== 'ON' && status !== 'OFF') throw malformedXml()
  return changeObject(
    context,
    input,
    (version) => ({ ...version, details: { ...version.details, legalHold: status === 'ON' } }),
    () => ({}),
  )
}

/** @throws ServiceError NoSuchObjectLockConfiguration, InvalidRequest. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export async function getObjectLegalHold(
  context: S3Context,
  input: Validated<GetObjectLegalHoldRequest>,
): Promise<GetObjectLegalHoldOutput> {
  const bucket = await findBucket(context, input)
  if (!bucket.objectLock) throw missingLockConfiguration()
  const { legalHold } = (await findObject(context, bucket, input)).details
  if (legalHold === undefined) throw noObjectLock()
  return { LegalHold: { Status: legalHold ? 'ON' : 'OFF' } }
}
