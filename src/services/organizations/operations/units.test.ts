import assert from 'node:assert/strict'
import { test } from 'node:test'
import { organizationsFixture, otherAccountId } from '../testing.ts'

test('organizational units nest five deep, and their names are unique under a parent', async () => {
  const { org, organization, unit } = await organizationsFixture()
  const root = await organization()
  let parent = root
  for (let depth = 1; depth <= 5; depth++) parent = await unit(parent, 'same name')
  await assert.rejects(unit(parent, 'too deep'), {
    ...{ code: 'ConstraintViolationException', members: { Reason: 'OU_DEPTH_LIMIT_EXCEEDED' } },
  })
  await assert.rejects(unit(root, 'same name'), { code: 'DuplicateOrganizationalUnitException' })
  await assert.rejects(unit('r-zzzz', 'x'), { code: 'ParentNotFoundException' })
  const { OrganizationalUnit } = await org('DescribeOrganizationalUnit', { OrganizationalUnitId: parent })
  assert.match(OrganizationalUnit?.Id ?? '', new RegExp(`^ou-${root.slice(2)}-[a-z0-9]{8}$`))
  assert.equal(OrganizationalUnit?.Path?.split('/').length, 1 + 1 + 5 + 1)
})

test('a unit is renamed, and deleted once nothing is in it', async () => {
  const { org, organization, unit } = await organizationsFixture()
  const root = await organization()
  const [OrganizationalUnitId, second] = [await unit(root, 'first'), await unit(root, 'second')]
  await assert.rejects(org('UpdateOrganizationalUnit', { OrganizationalUnitId, Name: 'second' }), {
    code: 'DuplicateOrganizationalUnitException',
  })
  const { OrganizationalUnit } = await org('UpdateOrganizationalUnit', { OrganizationalUnitId, Name: 'renamed' })
  assert.equal(OrganizationalUnit?.Name, 'renamed')
  const { OrganizationalUnits } = await org('ListOrganizationalUnitsForParent', { ParentId: root })
  assert.deepEqual(OrganizationalUnits?.map(({ Name }) => Name).sort(), ['renamed', 'second'])
  const remove = () => org('DeleteOrganizationalUnit', { OrganizationalUnitId })
  const inner = await unit(OrganizationalUnitId, 'inner')
  await assert.rejects(remove(), { code: 'OrganizationalUnitNotEmptyException' })
  await org('DeleteOrganizationalUnit', { OrganizationalUnitId: inner })
  const move = { AccountId: otherAccountId, SourceParentId: root, DestinationParentId: OrganizationalUnitId }
  await org('MoveAccount', move)
  await assert.rejects(remove(), { code: 'OrganizationalUnitNotEmptyException' })
  await org('MoveAccount', { ...move, SourceParentId: OrganizationalUnitId, DestinationParentId: second })
  await remove()
  await assert.rejects(remove(), { code: 'OrganizationalUnitNotFoundException' })
  await assert.rejects(org('ListChildren', { ParentId: OrganizationalUnitId, ChildType: 'ACCOUNT' }), {
    code: 'ParentNotFoundException',
  })
})
