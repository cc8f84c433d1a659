import { mfaDeviceUnknown, mfaIncomplete } from './errors.ts'

/**
 * Checks the parameters of multi-factor authentication. No user has a device, so every code is one that cannot be checked.
 * @throws ServiceError AccessDenied when there are any.
 */
export function checkMfa({ SerialNumber, TokenCode }: { SerialNumber?: string; TokenCode?: string }): void {
  if (SerialNumber === undefined && TokenCode === undefined) return
  throw SerialNumber === undefined || TokenCode === undefined ? mfaIncomplete() : mfaDeviceUnknown()
}
