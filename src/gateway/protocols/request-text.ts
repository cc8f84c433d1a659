import type { WireRequest } from '../http/wire.ts'
import { mediaType } from './content-type.ts'

export function headerOf({ headers }: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

export const isForm = ({ headers }: Pick<WireRequest, 'headers'>): boolean =>
  mediaType(headers) === 'application/x-www-form-urlencoded'

/** The beginning of the body's form, or of the query's: where clients put action and version. */
export const beginningOfForm = (request: WireRequest): URLSearchParams =>
  new URLSearchParams(
    isForm(request) ? request.body.toString('latin1', 0, formLookedAt) : request.query.slice(0, formLookedAt),
  )

const formLookedAt = 4096

/** `GET /bucket/key` */
export const methodAndPath = ({ method, path }: WireRequest): string => `${method} ${path}`
