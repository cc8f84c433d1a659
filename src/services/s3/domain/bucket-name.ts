import { isIPv4 } from 'node:net'
import { invalidBucketName } from './errors.ts'

const form = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const reserved = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const isBucketName = (name: string): boolean =>
  form.test(name) && !name.includes('..') && !isIPv4(name) && !reserved.test(name)

/** @throws ServiceError InvalidBucketName. */
export function checkBucketName(name: string): void {
  if (!isBucketName(name)) throw invalidBucketName(name)
}

export const bucketArn = (name: string): string => `arn:aws:s3:::${name}`

export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`
