import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSection, writeSection } from './ini-section.ts'

const isOne = (name: string) => name === 'one'
const written = (
  text: string,
  values: Record<string, string | undefined> = { region: 'eu-west-1', token: undefined },
) => writeSection(text, isOne, '[one]', values)

test('a section is added at the end of a file that has none', () => {
  assert.equal(written(''), '[one]\nregion = eu-west-1\n')
  assert.equal(written('[two]\na = b'), '[two]\na = b\n\n[one]\nregion = eu-west-1\n')
  assert.equal(written('[two]\r\na = b\r\n'), '[two]\r\na = b\r\n\r\n[one]\r\nregion = eu-west-1\r\n')
})

test('only the lines of the named options change', () => {
  const before = (region: string, token: string) =>
    `# top\n[one] ; local\n${region}output = json\n# about s3\ns3 =\n  region = nested\n\n${token}\n# about two\n[two]\nregion=x\n`
  assert.equal(written(before('Region:us-east-1\n', 'token = t\n')), before('region = eu-west-1\n', ''))
  assert.equal(written(before('', '')), before('region = eu-west-1\n', ''))
})

test('an option is replaced with the lines that belong to it, and once where it is twice', () => {
  assert.equal(written('[one]\nregion = a\n  b\nx = y\nregion = c\n'), '[one]\nregion = eu-west-1\nx = y\n')
})

test('an option with options of its own is written below its name, deeper than that, and replaced whole', () => {
  const nested = (text: string) => written(text, { sts: '\n  endpoint_url = a' })
  assert.equal(nested('[one]\r\n'), '[one]\r\nsts =\r\n  endpoint_url = a\r\n')
  const before = '[one]\n  sts =\n    endpoint_url = b\n    other = c\n  s3 =\n    endpoint_url = d\n'
  assert.equal(nested(before), '[one]\n  sts =\n    endpoint_url = a\n  s3 =\n    endpoint_url = d\n')
  assert.equal(nested(nested('')), nested(''))
})

test('what is added is indented as the options are that follow', () => {
  assert.equal(written('[one]\n  output = json'), '[one]\n  region = eu-west-1\n  output = json')
  assert.equal(written('[one]'), '[one]\nregion = eu-west-1\n')
})

test('a header within an option is none, and names of other sections are not taken for it', () => {
  const before = '[two]\nnote =\n  [one]\n  region = x\n#[one]\n[one more]\nregion = y\n'
  assert.equal(written(before), `${before}\n[one]\nregion = eu-west-1\n`)
  assert.equal(readSection(before, isOne), undefined)
})

test('writing the same again changes nothing', () => {
  for (const text of ['', '[one]\n output = json\n', '[two]\na=b\n[one] # c\nx:\n  y=z\n']) {
    assert.equal(written(written(text)), written(text))
  }
})

test('readSection gives options in lower case, with either sign between name and value', () => {
  assert.deepEqual(readSection('[one]\nRegion : eu-west-1\nendpoint_url=http://a:1/?b=c\n', isOne), {
    region: 'eu-west-1',
    endpoint_url: 'http://a:1/?b=c',
  })
})
