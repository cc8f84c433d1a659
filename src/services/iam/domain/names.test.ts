import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  checkName,
  checkPath,
  checkPathPrefix,
  checkPolicyPath,
  checkPolicyPathPrefix,
  folderOfPrefix,
  foldersOf,
  iamArn,
  parseIamArn,
} from './names.ts'

const refused = (message: RegExp) => ({ code: 'ValidationError', status: 400, message })

test('checkName refuses letters that names do not have, in the words of IAM', () => {
  assert.equal(checkName('userName', 'a+b=c,d.e@f-g_H9'), 'a+b=c,d.e@f-g_H9')
  for (const name of ['', 'a b', 'a/b', 'é', 'a\n', 'x:y']) {
    assert.throws(
      () => checkName('roleName', name),
      refused(
        /^The specified value for roleName is invalid\. It must contain only alphanumeric characters and\/or the following: \+=,\.@_-$/,
      ),
    )
  }
})

test('checkPath takes folders between slashes and nothing when none is given', () => {
  assert.equal(checkPath(undefined), '/')
  assert.equal(checkPath('/a!/~b/'), '/a!/~b/')
  for (const path of ['', 'a/', '/a', '/a b/', '/\u00e9/', '/a/\n']) {
    assert.throws(
      () => checkPath(path),
      refused(/^The specified value for path is invalid\. It must begin and end with/),
    )
  }
})

test('checkPolicyPath is narrower than checkPath', () => {
  assert.equal(checkPolicyPath('/a.b/c=d/'), '/a.b/c=d/')
  for (const path of ['/a!/', '//', '/a//b/', '/a'])
    assert.throws(() => checkPolicyPath(path), refused(/path is invalid/))
})

test('checkPathPrefix takes a part of a folder, checkPolicyPathPrefix whole folders only', () => {
  assert.equal(checkPathPrefix('/tea'), '/tea')
  assert.throws(() => checkPathPrefix('tea'), refused(/pathPrefix is invalid\. It must begin with the \/ character/))
  assert.equal(checkPolicyPathPrefix('/team/'), '/team/')
  assert.throws(() => checkPolicyPathPrefix('/team'), refused(/pathPrefix is invalid/))
})

test('parseIamArn reads back what iamArn wrote', () => {
  const folders = fc.array(fc.stringMatching(/^[a-z0-9]{1,5}$/), { maxLength: 3 })
  fc.assert(
    fc.property(
      fc.constantFrom('user', 'group', 'role', 'policy'),
      folders,
      fc.stringMatching(/^[\w+=,.@-]{1,20}$/),
      (kind, path, name) => {
        const arn = iamArn('111122223333', kind, path.length === 0 ? '/' : ['', ...path, ''].join('/'), name)
        assert.deepEqual(parseIamArn(arn), { accountId: '111122223333', kind, name })
      },
    ),
  )
})

test('parseIamArn answers nothing for other ARNs and other text', () => {
  for (const text of [
    'policy/x',
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:policy/',
    'arn:aws:iam:us-east-1:111122223333:policy/x',
    'arn:aws:sts::111122223333:assumed-role/r/s',
    'arn:aws-cn:iam::111122223333:user/x',
    'arn:aws:iam::111122223333:instance-profile/x',
  ]) {
    assert.equal(parseIamArn(text), undefined, text)
  }
})

test('foldersOf holds the folder of every prefix that a path begins with', () => {
  const paths = fc
    .array(fc.stringMatching(/^[ab]{1,2}$/), { maxLength: 4 })
    .map((parts) => (parts.length === 0 ? '/' : ['', ...parts, ''].join('/')))
  fc.assert(
    fc.property(paths, fc.nat(12), (path, length) => {
      const folder = folderOfPrefix(path.slice(0, length + 1))
      assert.ok(folder === undefined || foldersOf(path).includes(folder), `${path} is not found under ${folder}`)
    }),
  )
  assert.deepEqual(foldersOf('/a/b/'), ['/a/', '/a/b/'])
  assert.deepEqual(foldersOf('/'), [])
})
