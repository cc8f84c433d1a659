import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findSdkFolder } from './host-sdk.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-sdk-'))
  mkdirSync(join(folder, 'project/node_modules/@aws-sdk/client-kms'), { recursive: true })
  mkdirSync(join(folder, 'project/deep/inside/node_modules/@aws-sdk/types'), { recursive: true })
  mkdirSync(join(folder, 'other/node_modules/@aws-sdk/client-ssm'), { recursive: true })
  mkdirSync(join(folder, 'empty'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

const file = (path: string) => join(folder, path, 'file.js')
const scopeOf = (path: string) => join(folder, path, 'node_modules/@aws-sdk')

test("The SDK is found upwards, past folders that have other packages' parts of it alone", () => {
  assert.equal(findSdkFolder([file('project/deep/inside')]), scopeOf('project'))
})

test('The SDK is found where the first place has none and the second has', () => {
  assert.equal(findSdkFolder([file('empty'), file('other')]), scopeOf('other'))
  assert.equal(findSdkFolder([file('project'), file('other')]), scopeOf('project'))
})

test('The SDK is absent where no place has it', () => {
  assert.equal(findSdkFolder([file('empty'), file('no/such/folder')]), undefined)
})
