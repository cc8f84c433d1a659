import { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { ServiceError } from '../../../core/service-error.ts'

/** The fields of an HTML form that uploads a file, and the file as it comes. */
export interface UploadForm {
  /** By lower-case name, in the order in which they came. */
  fields: ReadonlyMap<string, string>
  file: AsyncIterable<Uint8Array>
  /** As the browser named it, without folders; empty where it did not. */
  fileName: string
  /** The type that the browser gave to the file. */
  fileType: string | undefined
}

/** What S3 takes in the fields before the file. */
const mostFieldBytes = 20_000
const mostFields = 200

/**
 * Reads a form up to its file. Fields behind the file are not looked at, as on AWS.
 * @param wire - the body. It is read on as the file is.
 * @throws ServiceError MalformedPOSTRequest, MaxPostPreDataLengthExceededError, InvalidArgument (a form without a file), and what
 *   the body throws. What is wrong behind the beginning of the file makes the file fail.
 */
export function readUploadForm(contentType: string, wire: AsyncIterable<Uint8Array>): Promise<UploadForm> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>()
    let fieldBytes = 0
    let file: Readable | undefined
    const fail = (failure: unknown) => {
      const known = failure instanceof ServiceError ? failure : malformed()
      if (file) file.destroy(known)
      else reject(known)
      source.destroy()
    }
    const source = Readable.from(wire, { objectMode: false })
    const parser = makeParser(contentType)
    if (!parser) {
      reject(malformed())
      return
    }
    parser.on('field', (name, value, isNameCut, isValueCut) => {
      if (file) return
      fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value)
      if (isNameCut || isValueCut || fieldBytes > mostFieldBytes) fail(fieldsTooLong())
      else if (fields.has(name.toLowerCase())) fail(fieldTwice(name))
      else fields.set(name.toLowerCase(), value)
    })
    parser.on('fieldsLimit', () => fail(fieldsTooLong()))
    parser.on('file', (_name, stream, fileName = '', _encoding, fileType) => {
      if (file) {
        stream.resume()
        return
      }
      // It may fail before it is read.
      file = stream.on('error', ignore)
      resolve({ fields, file: worded(file), fileName: fileName.split(/[\\/]/).at(-1) ?? '', fileType })
    })
    parser.on('finish', () => {
      if (!file) reject(fileNeeded())
    })
    parser.on('error', fail)
    source.on('error', fail)
    source.pipe(parser)
  })
}

const ignore = () => {}

/** Puts what is wrong behind the beginning of the file into S3's words. */
async function* worded(file: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* file
  } catch (failure) {
    throw failure instanceof ServiceError ? failure : malformed()
  }
}

function makeParser(contentType: string): BusboyInstance | undefined {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: mostFieldBytes, fieldNameSize: 1024, fields: mostFields },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
    })
  } catch {
    // It throws for a content type without a boundary.
    return undefined
  }
}

const malformed = () =>
  new ServiceError('MalformedPOSTRequest', 400, 'The body of your POST request is not well-formed multipart/form-data.')

const fieldsTooLong = () =>
  new ServiceError(
    'MaxPostPreDataLengthExceededError',
    400,
    'Your POST request fields preceding the upload file were too large.',
    { MaxPostPreDataLengthInBytes: mostFieldBytes },
  )

const fieldTwice = (name: string) =>
  new ServiceError('InvalidArgument', 400, 'POST requires each field to be given once.', { ArgumentName: name })

const fileNeeded = () =>
  new ServiceError('InvalidArgument', 400, 'POST requires exactly one file upload per request.', {
    ArgumentName: 'file',
    ArgumentValue: 0,
  })
