import { createHash } from 'node:crypto'

/** The second id of a request to S3, which AWS asks for in support cases: 76 characters of base64, the same wherever it is needed. */
export const hostIdOf = (requestId: string): string =>
  createHash('sha512').update(`strongroom ${requestId}`).digest().subarray(0, 57).toString('base64')
