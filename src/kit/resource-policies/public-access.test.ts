import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublic } from './public-access.ts'

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const where = (operator: string, key: string, value: string | string[]) => ({
  Condition: { [operator]: { [key]: value } },
})

test('a policy is public when one Allow is for all principals, however that is written', () => {
  for (const element of [
    { Principal: '*' },
    { Principal: { AWS: '*' } },
    { Principal: { AWS: ['111122223333', '*'] } },
    { NotPrincipal: { AWS: '111122223333' } },
  ]) {
    assert.equal(isPublic(policy({ ...allow, Principal: { AWS: '111122223333' } }, { ...allow, ...element })), true)
  }
})

test('a policy that allows only those it names, or denies all, is not public', () => {
  assert.equal(isPublic(policy({ ...allow, Principal: { AWS: '111122223333', Service: 's3.amazonaws.com' } })), false)
  assert.equal(isPublic(policy({ ...allow, Effect: 'Deny', Principal: '*' })), false)
})

test('a condition that says who or from where narrows a policy, unless it admits all values', () => {
  const isOpen = (operator: string, key: string, value: string | string[]) =>
    isPublic(policy({ ...allow, Principal: '*', ...where(operator, key, value) }))
  assert.equal(isOpen('StringEquals', 'aws:PrincipalOrgID', 'o-1'), false)
  assert.equal(isOpen('ArnLike', 'AWS:SourceArn', 'arn:aws:s3:::bucket'), false)
  assert.equal(isOpen('IpAddress', 'aws:SourceIp', ['10.0.0.0/8']), false)
  for (const [operator, key, value] of [
    ['StringLike', 'aws:PrincipalArn', '*'],
    ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '0.0.0.0/0']],
    ['ArnLike', 'aws:SourceArn', 'arn:*:*'],
    ['StringNotEquals', 'aws:PrincipalOrgID', 'o-1'],
    ['StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-1'],
    ['StringEquals', 'aws:RequestedRegion', 'us-east-1'],
  ] as const) {
    assert.equal(isOpen(operator, key, value as string | string[]), true, `${operator} ${key}`)
  }
})
