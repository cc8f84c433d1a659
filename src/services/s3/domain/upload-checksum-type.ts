import type { ChecksumAlgorithm } from '../../../crypto/checksums.ts'
import { isCyclic } from '../../../crypto/combined-crc.ts'
import { invalidRequest } from './errors.ts'
import type { ObjectChecksum } from './object.ts'
import { readAlgorithm } from './upload-checksums.ts'

/**
 * The checksum that an upload in parts is to have: over the whole where that follows from the parts' checksums, else over them.
 * @returns undefined where the client names none.
 * @throws ServiceError InvalidRequest.
 */
export function uploadChecksum(
  name: string | undefined,
  type: string | undefined,
): { algorithm: ChecksumAlgorithm; type: ObjectChecksum['type'] } | undefined {
  const algorithm = readAlgorithm(name)
  if (algorithm === undefined) {
    if (type === undefined) return undefined
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.')
  }
  if (type !== undefined && type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.')
  }
  const chosen = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  const isPossible = chosen === 'COMPOSITE' ? algorithm !== 'CRC64NVME' : isCyclic(algorithm)
  if (!isPossible) {
    throw invalidRequest(
      `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type: chosen }
}
