import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newEvent } from './bus-event.ts'
import { fillTemplate, unknownPlaceholder } from './input-transformer.ts'
import { parseJsonPath, valueAt } from './json-path.ts'
import { inputFor } from './target-input.ts'

const event = newEvent({
  ...{ id: 'i', detailType: 'd', source: 's', account: 'a', timeMs: 0, region: 'r', resources: ['arn:1'] },
  detail: '{"name":"say \\"hi\\"","n":5,"o":{"x":[1,2]},"list":[{"id":1},{"id":2}],"yes":true}',
  ingestedAtMs: 1000,
})
const about = { ruleArn: 'arn:rule', ruleName: 'rule' }
const paths = {
  name: '$.detail.name',
  n: '$.detail.n',
  o: '$.detail.o',
  none: '$.detail.none',
  ids: '$.detail.list[*].id',
}
const fill = (template: string) => fillTemplate(template, paths, event, about)

test('scenario 31: an unquoted placeholder is JSON, a quoted one escaped text', () => {
  assert.equal(
    fill('{"a": <o>, "b": "<name>", "c": "is <o>"}'),
    '{"a": {"x":[1,2]}, "b": "say \\"hi\\"", "c": "is {\\"x\\":[1,2]}"}',
  )
  assert.deepEqual(JSON.parse(fill('{"a": <name>, "n": <n>, "t": "<n>", "ids": <ids>}')), {
    ...{ a: 'say "hi"', n: 5, t: '5', ids: [1, 2] },
  })
  assert.equal(fill('"<name> \\"<n>\\" <"'), '"say \\"hi\\" \\"5\\" <"')
})

test('what an event does not have is empty', () => {
  assert.equal(fill('{"a": <none>, "b": "x<none>y"}'), '{"a": "", "b": "xy"}')
})

test('the reserved placeholders stand for the rule and the event', () => {
  const filled = JSON.parse(
    fill(
      '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>,' +
        ' "event": <aws.events.event>, "all": <aws.events.event.json>}',
    ),
  )
  assert.deepEqual([filled.arn, filled.name, filled.at], ['arn:rule', 'rule', '1970-01-01T00:00:01.000Z'])
  assert.equal(filled.event.detail, undefined)
  assert.equal(filled.all.detail.n, 5)
  assert.equal(unknownPlaceholder('<aws.events.rule-arn> <n> <other>', paths), 'other')
  assert.equal(unknownPlaceholder('1 < 2 <n>', paths), undefined)
})

test('paths name members, items and all of them', () => {
  const value = { a: { 'b-c': [{ d: 1 }, { d: 2 }], 'e f': 3 }, list: [[1], [2]] }
  const cases: [path: string, found: unknown][] = [
    ['$', value],
    ['$.a.b-c[1].d', 2],
    ["$.a['e f']", 3],
    ['$["a"]["e f"]', 3],
    ['$.a.b-c[*].d', [1, 2]],
    ['$.list[*][0]', [1, 2]],
    ['$.a.none', undefined],
    ['$.a.b-c[7]', undefined],
    ['$.list.length', undefined],
    ['$.toString', undefined],
  ]
  for (const [path, found] of cases)
    assert.deepEqual(valueAt(value, parseJsonPath(path) ?? assert.fail(path)), found, path)
  for (const wrong of ['', 'a', '$a', '$.', '$..a', '$[a]', '$.a b'])
    assert.equal(parseJsonPath(wrong), undefined, wrong)
})

test('a target gets the event as it was sent, a constant or a part of it', () => {
  const rule = { arn: 'arn:rule', name: 'rule' }
  const target = { Id: 't', Arn: 'arn' }
  const detail = '{"id":12345678901234567890,"text":"ü"}'
  const sent = { ...event, detail }
  assert.ok(inputFor(rule, target, sent).endsWith(`,"detail":${detail}}`))
  assert.equal(inputFor(rule, { ...target, Input: '"x"' }, event), '"x"')
  assert.equal(inputFor(rule, { ...target, InputPath: '$.detail.o' }, event), '{"x":[1,2]}')
  assert.equal(inputFor(rule, { ...target, InputPath: '$.detail.none' }, event), 'null')
  assert.equal(
    inputFor(
      rule,
      { ...target, InputTransformer: { InputTemplate: '"<k>"', InputPathsMap: { k: '$.source' } } },
      event,
    ),
    '"s"',
  )
})
