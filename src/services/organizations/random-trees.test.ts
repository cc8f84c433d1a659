import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callerOf, rootOf } from '../../../test/fixtures/call.ts'
import type { Caller } from '../../core/principal.ts'
import { ServiceError } from '../../core/service-error.ts'
import { runs } from '../../testing/random.ts'
import { organizationsFixture, statement } from './testing.ts'

// Random trees with random policies, changed at random, beside a model that knows only sets: what is attached to each place, and which
// actions each policy allows or denies.

const actions = ['s3:GetObject', 'kms:Encrypt', 'sqs:SendMessage'] as const
const full = 'p-FullAWSAccess'

interface ModelPolicy {
  effect: 'Allow' | 'Deny'
  actions: ReadonlySet<string>
}

class Model {
  readonly parents = new Map<string, string>()
  readonly attached = new Map<string, Set<string>>()
  readonly policies = new Map<string, ModelPolicy>([[full, { effect: 'Allow', actions: new Set(actions) }]])
  isEnabled = true

  add(id: string, parent?: string): void {
    if (parent !== undefined) this.parents.set(id, parent)
    this.attached.set(id, new Set([full]))
  }

  allows(account: string, action: string): boolean {
    if (!this.isEnabled) return true
    for (let place: string | undefined = account; place !== undefined; place = this.parents.get(place)) {
      const level = [...(this.attached.get(place) ?? [])].flatMap((id) => this.policies.get(id) ?? [])
      const about = level.filter(({ actions: named }) => named.has(action))
      if (about.some(({ effect }) => effect === 'Deny') || about.length === 0) return false
    }
    return true
  }

  reset(): void {
    for (const id of this.attached.keys()) this.attached.set(id, new Set([full]))
  }
}

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('unit', 'policy', 'update', 'attach', 'attach', 'attach', 'detach', 'move', 'toggle'),
    fc.nat(),
    fc.nat(),
    fc.nat(),
  ),
  { minLength: 5, maxLength: 25 },
)

test('service control policies allow what a model of sets allows, in random trees that change', async () => {
  const accounts = ['444455556666', '777788889999']
  const checked = fc.asyncProperty(steps, async (sequence) => {
    const { org, rootId, policy, unit, pipeline, store } = await organizationsFixture()
    await org('CreateOrganization', {})
    const root = await rootId()
    await org('EnablePolicyType', { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
    const model = new Model()
    model.add(root)
    for (const account of accounts) {
      await store.transaction((tx) =>
        tx
          .in({ name: 'iam.accounts' })
          .put({ accountId: '', region: '' }, account, { accountId: account, createdAtMs: 0, accessKeyIds: [] }),
      )
      const { Handshake } = await org('InviteAccountToOrganization', { Target: { Id: account, Type: 'ACCOUNT' } })
      await org('AcceptHandshake', { HandshakeId: Handshake?.Id ?? '' }, rootCaller(account))
      model.add(account, root)
    }
    const compare = async () => {
      for (const account of accounts) {
        for (const action of actions) {
          const asked = { action, resource: '*' }
          const allowed = await pipeline.calls.allows({ caller: rootCaller(account), region: 'us-east-1' }, asked)
          assert.equal(allowed, model.allows(account, action), `${action} in ${account}`)
        }
      }
    }
    for (const [kind, a, b, c] of sequence) {
      await step(kind, [a, b, c])
      await compare()
    }

    async function step(kind: string, [a, b, c]: readonly [number, number, number]): Promise<void> {
      const targets = [...model.attached.keys()]
      const places = targets.filter((id) => !/^\d/.test(id))
      const own = [...model.policies.keys()].filter((id) => id !== full)
      const target = targets[a % targets.length] ?? root
      const made: ModelPolicy = {
        effect: b % 3 === 0 ? 'Deny' : 'Allow',
        actions: new Set(actions.filter((_, place) => ((c % 7) + 1) & (1 << place))),
      }
      const content = statement({ Effect: made.effect, Action: [...made.actions] })
      if (kind === 'unit') {
        const parent = places[a % places.length] ?? root
        await unlessRefused(async () => model.add(await unit(parent, `unit-${targets.length}`), parent))
      } else if (kind === 'policy') {
        model.policies.set(await policy('SERVICE_CONTROL_POLICY', content), made)
      } else if (kind === 'update' && own.length > 0) {
        const PolicyId = own[a % own.length] ?? ''
        await org('UpdatePolicy', { PolicyId, Content: JSON.stringify(content) })
        model.policies.set(PolicyId, made)
      } else if (kind === 'attach' && own.length > 0) {
        const PolicyId = own[b % own.length] ?? ''
        await unlessRefused(async () => {
          await org('AttachPolicy', { PolicyId, TargetId: target })
          model.attached.get(target)?.add(PolicyId)
        })
      } else if (kind === 'detach') {
        const ids = [...(model.attached.get(target) ?? [])]
        const PolicyId = ids[b % ids.length] ?? full
        await unlessRefused(async () => {
          await org('DetachPolicy', { PolicyId, TargetId: target })
          model.attached.get(target)?.delete(PolicyId)
        })
      } else if (kind === 'move') {
        const AccountId = accounts[a % accounts.length] ?? ''
        const [SourceParentId = '', DestinationParentId = ''] = [
          model.parents.get(AccountId),
          places[b % places.length],
        ]
        await unlessRefused(async () => {
          await org('MoveAccount', { AccountId, SourceParentId, DestinationParentId })
          model.parents.set(AccountId, DestinationParentId)
        })
      } else if (kind === 'toggle' && a % 3 === 0) {
        const type = { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' as const }
        await org(model.isEnabled ? 'DisablePolicyType' : 'EnablePolicyType', type)
        model.isEnabled = !model.isEnabled
        model.reset()
      }
    }
  })
  await fc.assert(checked, runs(15))
})

const rootCaller = (account: string): Caller => callerOf(rootOf(account))

/** Runs a step that quotas, depth, or what is there already may refuse; the model then stays as it is. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (refusal) {
    if (!(refusal instanceof ServiceError) || refusal.status >= 500) throw refusal
  }
}
