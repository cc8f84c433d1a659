import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { entityTooLarge } from './protocols/framework-errors.ts'
import { serializationException } from './protocols/json-decoder.ts'

const inflate = promisify(gunzip)

/**
 * Inflates a body that came compressed with gzip, on another thread.
 * @param limitBytes - how large it may become: a small body may inflate to a thousand times its size.
 * @throws ServiceError RequestEntityTooLargeException, SerializationException for what is not gzip.
 */
export async function inflatedBody(body: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: limitBytes })
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw entityTooLarge(limitBytes)
    throw serializationException()
  }
}
