import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImportProblem, readManagedPolicy } from './managed-policy-import.ts'

const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
const nowMs = Date.parse('2026-03-01T12:00:00Z')

/** As the AWS CLI prints it. */
const printed = {
  PolicyName: 'NewPolicy',
  PolicyId: 'ANPAZKAPJZG4NEWPOLICY',
  Arn: 'arn:aws:iam::aws:policy/service-role/NewPolicy',
  Path: '/service-role/',
  DefaultVersionId: 'v2',
  AttachmentCount: 3,
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  Description: 'New.',
  CreateDate: '2025-02-06T18:39:46+00:00',
  UpdateDate: '2026-01-06T18:39:46+00:00',
  PolicyVersionList: [
    { Document: document, VersionId: 'v2', IsDefaultVersion: true, CreateDate: '2026-01-06T18:39:46+00:00' },
    { Document: {}, VersionId: 'v1', IsDefaultVersion: false, CreateDate: '2025-02-06T18:39:46+00:00' },
  ],
}

test('readManagedPolicy takes what the AWS CLI prints, and of the versions the one in force', () => {
  const updatedAtMs = Date.parse('2026-01-06T18:39:46Z')
  assert.deepEqual(readManagedPolicy(printed, nowMs), {
    name: 'NewPolicy',
    path: '/service-role/',
    id: 'ANPAZKAPJZG4NEWPOLICY',
    arn: 'arn:aws:iam::aws:policy/service-role/NewPolicy',
    description: 'New.',
    createdAtMs: Date.parse('2025-02-06T18:39:46Z'),
    updatedAtMs,
    tags: [],
    versions: [{ versionId: 'v2', document: JSON.stringify(document), createdAtMs: updatedAtMs }],
    defaultVersionId: 'v2',
    lastVersion: 2,
  })
})

test('readManagedPolicy takes documents as text, plain and as the service encodes it', () => {
  const text = JSON.stringify(document)
  for (const Document of [text, encodeURIComponent(text)]) {
    const given = { ...printed, PolicyVersionList: [{ Document, VersionId: 'v2' }] }
    assert.equal(readManagedPolicy(given, nowMs).versions[0]?.document, text)
  }
})

test('readManagedPolicy does without what can be known otherwise', () => {
  const { Arn, PolicyId, DefaultVersionId } = printed
  const PolicyVersionList = [{ Document: document, VersionId: 'v2' }]
  const read = readManagedPolicy({ Arn, PolicyId, DefaultVersionId, PolicyVersionList }, nowMs)
  assert.deepEqual(
    [read.name, read.path, read.createdAtMs, read.updatedAtMs],
    ['NewPolicy', '/service-role/', nowMs, nowMs],
  )
})

test('readManagedPolicy says what is wrong', () => {
  const version = (Document: unknown) => ({ PolicyVersionList: [{ Document, VersionId: 'v2' }] })
  for (const [wrong, reason] of [
    [null, /^The policy must be a JSON object/],
    [[], /^The policy must be a JSON object/],
    [{ Arn: undefined }, /^Arn must be/],
    [{ Arn: 'arn:aws:iam::111122223333:policy/Mine' }, /^Arn must be that of a managed policy of AWS/],
    [{ Arn: 'arn:aws:iam::aws:role/x' }, /^Arn must be/],
    [{ Arn: 5 }, /^Arn must be text/],
    [{ PolicyName: 'Other' }, /^PolicyName must be/],
    [{ Path: '/' }, /^Path must be/],
    [{ PolicyId: 'AIDAX' }, /^PolicyId must begin with ANPA/],
    [{ PolicyId: undefined }, /^PolicyId must begin with ANPA/],
    [{ Description: 'x'.repeat(1001) }, /^Description must have/],
    [{ DefaultVersionId: '2' }, /^DefaultVersionId must be/],
    [{ DefaultVersionId: 'v3' }, /^PolicyVersionList must hold the default version, v3/],
    [{ PolicyVersionList: undefined }, /^PolicyVersionList must be a list/],
    [{ PolicyVersionList: ['v2'] }, /^A version in PolicyVersionList must be/],
    [version(undefined), /^Document must be a JSON object/],
    [version({ Version: '2012-10-17' }), /^Document: Syntax errors in policy/],
    [version('%7B%'), /^Document is not percent-encoded/],
    [{ UpdateDate: 'yesterday' }, /^UpdateDate must be a time/],
    [{ CreateDate: 5 }, /^CreateDate must be text/],
  ] as const) {
    const given = wrong === null || Array.isArray(wrong) ? wrong : { ...printed, ...wrong }
    assert.throws(
      () => readManagedPolicy(given, nowMs),
      (error: Error) => {
        assert.ok(error instanceof ImportProblem)
        assert.match(error.message, reason)
        return true
      },
    )
  }
})
