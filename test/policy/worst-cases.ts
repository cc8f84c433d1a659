// Policies as large as AWS takes them, made so that no comparison ends early, with the longest values that a request can have.
import type { NamedPolicy } from '../../src/core/identity.ts'
import type { RequestContext } from '../../src/core/operation.ts'
import type { AuthorizationRequest } from '../../src/policy/decision.ts'
import { named, policyOf, requestOf, type StatementSketch } from '../../src/policy/testing.ts'

/** Of a key policy and of a managed policy, in characters. */
export const sizes = { key: 32_768, managed: 6_144 }

const repeated = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length)

/** Makes a condition with as many values as fit into a policy of the size. */
function listOf(operator: string, key: string, size: number, value: (place: number) => string): StatementSketch {
  const values: string[] = []
  for (let left = size - 200; ; values.push(value(values.length))) {
    left -= JSON.stringify(value(values.length)).length + 1
    if (left < 0) break
  }
  return { Principal: '*', Condition: { [operator]: { [key]: values } } }
}

const like = (key: string, size: number, value: (place: number) => string) => listOf('StringLike', key, size, value)

const longest = 16_384
const a = (length: number) => 'a'.repeat(length)
/** One place in 32 goes on to fit. */
const ruler = repeated(`${a(31)}b`, longest)
/** All different, so that nothing is cached of one pattern for the next. */
const numbered = (place: number) => place.toString(36).padStart(3, '0')

type Sketch = (size: number) => { statement: StatementSketch; context: RequestContext }

const cases: Record<string, Sketch> = {
  'one pattern of ? alone': (size) => ({
    statement: like('k', size, () => `*${'?'.repeat(size - 300)}b*`),
    context: { k: a(longest) },
  }),
  'one pattern, text and ? in turns': (size) => ({
    statement: like('k', size, () => `*${repeated('a?', size - 300)}b*`),
    context: { k: a(longest) },
  }),
  'one pattern of text': (size) => ({
    statement: like('k', size, () => `*${a((size - 300) / 2)}b${a((size - 300) / 2)}*`),
    context: { k: a(longest) },
  }),
  'patterns of half the value': (size) => ({
    statement: like('k', size, (place) => `*${repeated('a?', longest / 4)}${numbered(place)}*`),
    context: { k: a(longest / 2) },
  }),
  'patterns of 500, of a periodic text': (size) => ({
    statement: like('k', size, () => `*${repeated(`${a(31)}b`, 500)}b*`),
    context: { k: ruler },
  }),
  'patterns of 64': (size) => ({
    statement: like('k', size, (place) => `*${repeated(`a?${numbered(place)}`.replace(/[^a?]/g, 'a'), 60)}b*`),
    context: { k: ruler },
  }),
  'patterns of 4': (size) => ({
    statement: like('k', size, () => '*a?ac*'),
    context: { k: `${a(longest - 1)}c` },
  }),
  'one pattern of many *': (size) => ({
    statement: like('k', size, () => `${repeated('*a?a', Math.min(size - 300, longest))}*bb`),
    context: { k: `${a(longest - 1)}b` },
  }),
  'names of actions': (size) => ({
    statement: { Principal: '*', Action: Array.from({ length: (size - 200) / 10 }, (_, n) => `k*s:${numbered(n)}*`) },
    context: {},
  }),
  'names of resources': (size) => ({
    statement: {
      Principal: '*',
      Resource: Array.from({ length: (size - 200) / 26 }, (_, n) => `arn:*:*:*:*:*r?${numbered(n)}?*`),
    },
    context: {},
  }),
  variables: (size) => ({
    statement: like('k', size, (place) => `*\${v}?${numbered(place)}*`),
    context: { k: a((longest * 2) / 3), v: a(longest / 3) },
  }),
  'variables, many values': (size) => ({
    statement: listOf('ForAnyValue:StringLike', 'k', size, (place) => `*\${v}?${numbered(place)}*`),
    context: { k: Array.from({ length: 50 }, () => a(250)), v: a(120) },
  }),
  'fifty values, short patterns': (size) => ({
    statement: listOf('ForAnyValue:StringLike', 'k', size, (place) => `a*${numbered(place)}`),
    context: { k: Array.from({ length: 50 }, () => a(128)) },
  }),
  'fifty values, patterns of 6': (size) => ({
    statement: listOf('ForAnyValue:StringLike', 'k', size, (place) => `*a?${numbered(place)}*`),
    context: { k: Array.from({ length: 50 }, () => a(256)) },
  }),
  'encryption context keys, short patterns': (size) => ({
    statement: listOf('ForAnyValue:StringLike', 'k', size, () => 'a*b'),
    context: { k: Array.from({ length: 900 }, (_, place) => `a${place}`) },
  }),
  'encryption context keys, list': (size) => ({
    statement: listOf('ForAnyValue:StringEquals', 'k', size, (place) => numbered(place)),
    context: { k: Array.from({ length: 900 }, (_, place) => `a${place}`) },
  }),
  'fifty values, none in a list': (size) => ({
    statement: listOf('ForAllValues:StringNotEquals', 'k', size, (place) => numbered(place)),
    context: { k: Array.from({ length: 50 }, (_, place) => `x${place}`) },
  }),
  'any case': (size) => ({
    statement: listOf('StringEqualsIgnoreCase', 'k', size, (place) => numbered(place)),
    context: { k: 'A'.repeat(longest) },
  }),
  'ARN patterns': (size) => ({
    statement: listOf('ArnLike', 'k', size, () => 'arn:*a?b*:*a?b*:*:*:*a?a*'),
    context: { k: `arn:aws:${a(longest / 2)}:x:1:${a(longest / 2)}` },
  }),
  addresses: (size) => ({
    statement: listOf('IpAddress', 'k', size, (place) => `10.0.${place & 255}.0/24`),
    context: { k: '2001:db8::1' },
  }),
  dates: (size) => ({ statement: listOf('DateEquals', 'k', size, () => '2026'), context: { k: '2027-01-01' } }),
  'different characters': (size) => ({
    statement: like('k', size, (place) => `*${String.fromCharCode(0x4000 + place)}?*b`),
    context: {
      k: `${Array.from({ length: longest - 1 }, (_, place) => String.fromCharCode(0x4000 + place)).join('')}b`,
    },
  }),
}

/** Kinds of policies that take long to evaluate. */
export const worstCases = Object.keys(cases)

/** A request that a policy of one of the kinds denies. @param size - of the policy, in characters. */
export function worstCase(name: string, size: number): AuthorizationRequest {
  const sketch = cases[name]
  if (!sketch) throw new Error(`no case ${name}`)
  const { statement, context } = sketch(size)
  return requestOf({ policy: policyOf(statement), kind: 'key-policy', context, resource })
}

const resource = `arn:aws:kms:us-east-1:111122223333:key/${'r'.repeat(2_000)}`

/** A request with different policies, all about its action and none about its resource: each must be compared to its end. */
export function requestWithPolicies(count: number, mark = ''): AuthorizationRequest {
  const identity: NamedPolicy[] = Array.from({ length: count }, (_, place) =>
    named(
      Array.from({ length: 5 }, (_, index) => ({
        Action: ['s3:Get*', 'kms:*'],
        Resource: `arn:aws:kms:*:*:key/${mark}${place}-${index}/*`,
        Condition: { StringEquals: { 'aws:username': `user-${place}` } },
      })),
      `policy-${place}`,
    ),
  )
  const sketched = requestOf({ action: 'kms:Encrypt', resource: 'arn:aws:kms:us-east-1:111122223333:key/1234' })
  return { ...sketched, policies: { ...sketched.policies, identity } }
}
