import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { ServiceError } from '../../../core/service-error.ts'
import { RequestBody } from '../../http/request-body.ts'
import type { WireRequest, WireResponse } from '../../http/wire.ts'
import type { Arrival, PostedRequest } from '../protocol.ts'
import { headerOf } from '../request-text.ts'
import { bucketInHost } from '../s3-form.ts'
import { escapeXml } from '../xml-text.ts'
import { readUploadForm, type UploadForm } from './form-parts.ts'
import { checkPostPolicy, type LengthRange } from './post-policy.ts'

/** Fields that mean the header of their name. Other headers could make another request of the form, such as a copy. */
const headerFields =
  /^(content-type|cache-control|content-disposition|content-encoding|expires|x-amz-(acl|grant-.+|meta-.+|storage-class|server-side-encryption.*|website-redirect-location|checksum-.+|sdk-checksum-algorithm|object-lock-.+))$/

/** Returns true for a request that uploads an object with an HTML form. */
export const isUploadForm = (head: Pick<WireRequest, 'method' | 'headers'>): boolean =>
  head.method === 'POST' && /^multipart\/form-data\b/i.test(headerOf(head, 'content-type') ?? '')

/**
 * Reads a form that uploads an object as the PutObject that it stands for.
 * @param request - whose body comes as a stream.
 * @throws ServiceError for a form that is not well-formed. The policy is checked by `check`, once it is known who signed it.
 */
export async function readPostedObject(request: WireRequest, { nowMs, scheme }: Arrival): Promise<PostedRequest> {
  const bucket = bucketOf(request)
  const { stream } = request
  if (!stream) throw new Error('a form that uploads a file comes as a stream')
  stream.verifyBy((wire) => wire)
  const form = await readUploadForm(headerOf(request, 'content-type') ?? '', stream)
  const key = form.fields.get('key')?.replaceAll(/\$\{filename\}/g, form.fileName)
  if (!key)
    throw invalidArgument(
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      'key',
      '',
    )
  const location = locationOf(request, scheme, bucket, key)
  let range: LengthRange | undefined
  const put = putOf(request, { bucket, key, form }, () => range)
  return {
    request: put,
    fields: form.fields,
    check(fields) {
      const policy = fields.get('policy')
      if (policy !== undefined)
        range = checkPostPolicy(policy, new Map([...fields, ['key', key], ['bucket', bucket]]), nowMs)
    },
    answer: (response) => answerOf(response, { bucket, key, fields: form.fields, location }),
  }
}

function bucketOf(request: WireRequest): string {
  const bucket = bucketInHost(request) ?? decoded(request.path.split('/')[1] ?? '')
  if (bucket === '' || (bucketInHost(request) === undefined && request.path.split('/').length > 3))
    throw notForObjects()
  return bucket
}

/** The request that stores the file under the form's key. */
function putOf(
  request: WireRequest,
  { bucket, key, form }: { bucket: string; key: string; form: UploadForm },
  range: () => LengthRange | undefined,
): WireRequest {
  const path = `/${[bucket, ...key.split('/')].map(encodeURIComponent).join('/')}`
  const host = { host: headerOf(request, 'host') }
  const headers: Record<string, string | undefined> = bucketInHost(request) === undefined ? host : {}
  for (const [name, value] of form.fields) {
    if (headerFields.test(name)) headers[name] = value
    if (name === 'acl') headers['x-amz-acl'] = value
    if (name === 'tagging') headers['x-amz-tagging'] = taggingHeader(value)
  }
  const stream = new RequestBody(form.file, undefined, { isDelimited: true })
  stream.verifyBy((wire) => within(wire, range))
  return { method: 'PUT', path, query: '', rawHeaders: [], headers, body: Buffer.alloc(0), stream }
}

/** Fails where a file is smaller or larger than the policy lets it be. */
async function* within(file: AsyncIterable<Uint8Array>, rangeOf: () => LengthRange | undefined) {
  const range = rangeOf()
  let bytes = 0
  for await (const piece of file) {
    bytes += piece.length
    if (range && bytes > range.max) throw tooLarge(bytes, range.max)
    yield piece
  }
  if (range && bytes < range.min) throw tooSmall(bytes, range.min)
}

/** Tags come as XML in a form, and as a query string in the header that means the same. */
function taggingHeader(xml: string): string {
  const tags = new URLSearchParams()
  try {
    const { root } = parseXml(xml)
    const elementsOf = (element: XmlElement | null | undefined, name: string) =>
      (element?.children ?? []).filter(
        (child): child is XmlElement => child instanceof XmlElement && child.name === name,
      )
    const [set] = elementsOf(root, 'TagSet')
    for (const tag of elementsOf(set, 'Tag')) {
      tags.append(elementsOf(tag, 'Key')[0]?.text ?? '', elementsOf(tag, 'Value')[0]?.text ?? '')
    }
  } catch {
    // parseXml throws for nothing but text that is not XML.
    throw new ServiceError(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  return tags.toString()
}

interface StoredForm {
  bucket: string
  key: string
  fields: ReadonlyMap<string, string>
  /** The object's URL. */
  location: string
}

function answerOf({ headers }: WireResponse, { bucket, key, fields, location }: StoredForm): WireResponse {
  const etag = headers.ETag ?? headers.etag ?? ''
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect')
  if (redirect !== undefined && URL.canParse(redirect)) {
    const url = new URL(redirect)
    for (const [name, value] of Object.entries({ bucket, key, etag })) url.searchParams.append(name, value)
    return { status: 303, headers: { ...headers, Location: url.href }, body: '' }
  }
  const status = fields.get('success_action_status')
  if (status === '201') {
    const members = { Location: location, Bucket: bucket, Key: key, ETag: etag }
    const body = Object.entries(members).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    return {
      status: 201,
      headers: { ...headers, Location: location, 'Content-Type': 'application/xml' },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${body.join('')}</PostResponse>`,
    }
  }
  return { status: status === '200' ? 200 : 204, headers: { ...headers, Location: location }, body: '' }
}

function locationOf(request: WireRequest, scheme: string, bucket: string, key: string): string {
  const name = key.split('/').map(encodeURIComponent).join('%2F')
  const base = `${scheme}://${headerOf(request, 'host') ?? ''}`
  return bucketInHost(request) === undefined ? `${base}/${bucket}/${name}` : `${base}/${name}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // It throws for nothing but bad escapes.
    throw notForObjects()
  }
}

const invalidArgument = (message: string, ArgumentName: string, ArgumentValue: string) =>
  new ServiceError('InvalidArgument', 400, message, { ArgumentName, ArgumentValue })

const notForObjects = () =>
  new ServiceError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: 'POST',
    ResourceType: 'OBJECT',
  })

const tooLarge = (ProposedSize: number, MaxSizeAllowed: number) =>
  new ServiceError('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize,
    MaxSizeAllowed,
  })

const tooSmall = (ProposedSize: number, MinSizeAllowed: number) =>
  new ServiceError('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize,
    MinSizeAllowed,
  })
