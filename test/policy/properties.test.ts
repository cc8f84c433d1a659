import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePolicy } from '../../src/policy/compile.ts'
import { contextKeysIn } from '../../src/policy/context-keys.ts'
import type { Decision } from '../../src/policy/decision.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import { denialMessage, explainDecision } from '../../src/policy/explain.ts'
import { PolicyError } from '../../src/policy/policy-error.ts'
import { accountId, policyOf, type RequestSketch, requestOf, type StatementSketch } from '../../src/policy/testing.ts'
import { type PolicyKind, parsePolicy } from '../../src/policy/validate.ts'
import { runs } from '../../src/testing/random.ts'
import { callers, contexts, policies, type Sketch, sketches, statements } from './generators.ts'

const kinds: readonly PolicyKind[] = [
  'identity',
  'trust',
  'resource',
  'key',
  'session',
  'service-control',
  'resource-control',
]

/** Texts of every degree of brokenness, most of them near to a policy. */
const texts = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .tuple(
      fc.boolean().chain(policies),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('', '"', '{', ']', ',', 'x', '\\', '0', '*'),
    )
    .map(([sketch, at, length, scrap]) => {
      const text = policyOf(...sketch)
      const from = at % text.length
      return text.slice(0, from) + scrap + text.slice(from + (length % 4))
    }),
  fc
    .dictionary(fc.constantFrom('Version', 'Id', 'Statement', 'x'), fc.oneof(fc.jsonValue(), nearStatements()))
    .map((policy) => JSON.stringify({ Version: '2012-10-17', ...policy })),
)

function nearStatements() {
  const elements = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'Principal', 'NotPrincipal', 'Condition']
  const values = fc.oneof(fc.constantFrom('Allow', '*', 's3:*', 'arn:aws:s3:::a', '__proto__'), fc.jsonValue())
  return fc.array(fc.dictionary(fc.constantFrom(...elements), values), { maxLength: 2 })
}

test('reading, validating and compiling a text ends in a policy or a PolicyError, whatever the text', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const compiled = compilePolicy(text)
      for (const kind of kinds) {
        try {
          parsePolicy(text, kind)
        } catch (error) {
          assert.ok(error instanceof PolicyError, String(error))
          continue
        }
        assert.ok(!(compiled instanceof PolicyError), `${kind} accepts what cannot be evaluated: ${text}`)
        assert.ok(contextKeysIn(text))
      }
    }),
    runs(500),
  )
})

test('evaluate, denialMessage and explainDecision answer for any policy text, and allow nothing beside a broken one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...callers), texts, contexts, (caller, text, context) => {
      const isBroken = compilePolicy(text) instanceof PolicyError
      for (const policy of [{ identity: text }, { policy: text }, { policy: text, kind: 'key-policy' as const }]) {
        const request = requestOf({ caller, owner: accountId, context, identity: {}, ...policy })
        const decision = evaluate(request)
        assert.equal(typeof denialMessage(request, decision), 'string')
        assert.ok(explainDecision(request, decision).text.length > 0)
        if (isBroken && decision.unreadable.length > 0) assert.equal(decision.allowed, false)
      }
    }),
    runs(125),
  )
})

test('no pattern makes evaluation slow', () => {
  const hostile = fc.array(fc.constantFrom('*', '?', 'a', '**', 'a*', '?*'), { minLength: 200, maxLength: 600 })
  fc.assert(
    fc.property(hostile, (pieces) => {
      const pattern = `arn:aws:s3:::${pieces.join('')}c*`
      const resource = `arn:aws:s3:::${'a'.repeat(2000)}`
      const startMs = performance.now()
      evaluate(requestOf({ resource, identity: { Resource: pattern, Condition: { StringLike: { k: pattern } } } }))
      assert.ok(performance.now() - startMs < 250)
    }),
    runs(13),
  )
})

const decide = ({ ask: [action, [resource]], ...sketch }: Sketch): Decision =>
  evaluate(requestOf({ ...sketch, action, resource, owner: accountId } satisfies RequestSketch))

/** The sketch with another list of statements in each place that has one. */
const changed = (sketch: Sketch, change: (list: StatementSketch[]) => StatementSketch[]): Sketch[] => [
  { ...sketch, identity: change(sketch.identity) },
  { ...sketch, boundary: sketch.boundary && change(sketch.boundary) },
  { ...sketch, session: sketch.session?.map(change) },
  { ...sketch, serviceControl: sketch.serviceControl?.map(change) },
  { ...sketch, policy: sketch.policy && change(sketch.policy) },
]

const oneMore = (effect: string) => statements(true, fc.constant(effect))

test('one more Deny, anywhere, never allows what was denied', () => {
  fc.assert(
    fc.property(sketches, oneMore('Deny'), (sketch, statement) => {
      const before = decide(sketch)
      for (const after of changed(sketch, (list) => [...list, statement])) {
        const { allowed, explicitDeny } = decide(after)
        assert.ok(before.allowed || !allowed)
        assert.ok(!before.explicitDeny || explicitDeny)
      }
    }),
    runs(250),
  )
})

test('one more Allow, anywhere, never lifts a Deny and never denies what was allowed', () => {
  fc.assert(
    fc.property(sketches, oneMore('Allow'), (sketch, statement) => {
      const before = decide(sketch)
      for (const after of changed(sketch, (list) => [statement, ...list])) {
        const { allowed, explicitDeny } = decide(after)
        assert.equal(explicitDeny, before.explicitDeny)
        assert.ok(allowed || !before.allowed)
      }
    }),
    runs(250),
  )
})

test('the order of statements does not matter', () => {
  fc.assert(
    fc.property(sketches, (sketch) => {
      const { allowed, explicitDeny, deniedBy, byType, resourceGrant } = decide(sketch)
      for (const after of changed(sketch, (list) => list.toReversed())) {
        const reversed = decide(after)
        assert.deepEqual(
          [reversed.allowed, reversed.explicitDeny, reversed.deniedBy, reversed.byType, reversed.resourceGrant],
          [allowed, explicitDeny, deniedBy, byType, resourceGrant],
        )
      }
    }),
    runs(125),
  )
})

test('a decision is of one piece', () => {
  fc.assert(
    fc.property(sketches, (sketch) => {
      const { allowed, explicitDeny, deniedBy, matched, byType } = decide(sketch)
      assert.equal(allowed, deniedBy === undefined)
      assert.equal(
        explicitDeny,
        matched.some(({ effect }) => effect === 'Deny'),
      )
      assert.equal(explicitDeny, Object.values(byType).includes('deny'))
      if (allowed && sketch.caller.principal.kind !== 'root')
        assert.ok(matched.some(({ effect }) => effect === 'Allow'))
    }),
    runs(250),
  )
})
