import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as s3 from '@aws-sdk/client-s3'
import { ServiceError } from '../../core/service-error.ts'
import { restXml } from './rest-xml.ts'
import { clientConfig, fixtureSchemas, xmlService } from './testing.ts'
import { readXmlBody } from './xml-document.ts'

const id = 'b25f48e8-84fd-11e6-80d9-574e0c4664cb'

test('the SDK throws the exception that an error of S3 names', async () => {
  const error = new ServiceError('NoSuchKey', 404, 'The specified key does not exist.')
  const answer = restXml.encodeError(xmlService('s3'), error, id, fixtureSchemas('s3'))
  const client = new s3.S3Client({ ...clientConfig(() => answer), forcePathStyle: true })
  await assert.rejects(client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' })), s3.NoSuchKey)
})

test('services other than S3 have their errors in an ErrorResponse', () => {
  const error = new ServiceError('NoSuchThing', 404, 'none')
  const { body } = restXml.encodeError(xmlService('route53', 'wrapped'), error, id)
  assert.match(String(body), /^<ErrorResponse xmlns="[^"]+"><Error><Type>Sender<\/Type><Code>NoSuchThing<\/Code>/)
})

test('XML with a document type, too deep, too large or not well-formed is refused before it is parsed', () => {
  const bodies = [
    '<a>',
    '<a><b></a></b>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a>&x;</a>',
    '<a>'.repeat(65) + '</a>'.repeat(65),
    `<a>${'<b/>'.repeat(20_000)}</a>`,
  ]
  for (const body of bodies) assert.throws(() => readXmlBody(Buffer.from(body)), { code: 'MalformedXML', status: 400 })
  assert.throws(() => readXmlBody(Buffer.from([0x3c, 0xff])), { code: 'MalformedXML' })
  assert.equal(readXmlBody(Buffer.from('<a b="1>2"><!-- <c> --><![CDATA[<d>]]></a>'))?.text, '<d>')
})
