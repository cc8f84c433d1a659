import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import aws4 from 'aws4'
import type { ServiceModule } from '../src/core/services/service-module.ts'
import type { Migration } from '../src/core/sql.ts'
import { alice, arnOf, idOf, newUser, policyOf, region, root, rootSecret } from '../src/testing/callers.ts'
import { serviceFixture } from '../src/testing/service-fixture.ts'
import { type GetNote, type ListInput, type ListNotes, notesModule } from './fixtures/notes-service.ts'

test('A service of the public seams alone validates, records, lists in pages, and does its work when it is due', async () => {
  const { call, advance, faults, store } = await serviceFixture([notesModule])
  for (const Name of ['a', 'b', 'c']) await call('notes', 'CreateNote', { Name, Tags: { of: Name } })
  await assert.rejects(call('notes', 'CreateNote', { Name: 'a' }), { code: 'NoteExistsException' })
  await assert.rejects(call('notes', 'CreateNote', { Name: 'too long a name' }), { code: 'ValidationException' })
  const list = (input: ListInput) => call('notes', 'ListNotes', input) as ReturnType<typeof ListNotes.handle>
  const { Notes: first, NextToken } = await list({ MaxResults: 2 })
  assert.deepEqual(
    first.map(({ Tags }) => Tags.of),
    ['a', 'b'],
  )
  assert.deepEqual(await list({ NextToken }), { Notes: [{ Name: 'c', Tags: { of: 'c' } }], NextToken: undefined })
  await assert.rejects(list({ NextToken: 'made up' }), { code: 'InvalidNextTokenException' })
  await advance(3600 * 1000)
  assert.deepEqual((await list({})).Notes, [])
  assert.deepEqual(faults, [])
  assert.deepEqual(
    store.records.filter(({ eventName }) => eventName === 'CreateNote').map(({ errorCode }) => errorCode),
    [undefined, undefined, undefined, 'NoteExistsException', 'ValidationException'],
  )
})

test('A service of the public seams alone opens what it has by its own policies, to those they named when they were put', async () => {
  const { call, putUser, removeUser, faults } = await serviceFixture([notesModule])
  const bob = newUser('bob')
  await putUser(bob, [])
  await call('notes', 'CreateNote', { Name: 'a' })
  const get = (caller = alice) =>
    call('notes', 'GetNote', { Name: 'a' }, { caller }) as ReturnType<typeof GetNote.handle>
  const put = (Principal: object) => {
    const Policy = policyOf({ Effect: 'Allow', Principal, Action: 'notes:GetNote', Resource: '*' })
    return call('notes', 'PutNotePolicy', { Name: 'a', Policy })
  }
  await assert.rejects(get(bob), { code: 'AccessDeniedException' })
  await put({ AWS: arnOf(bob) })
  assert.deepEqual((await get(bob)).Tags, {})
  await removeUser(bob)
  const another = newUser('bob')
  await putUser(another, [])
  await assert.rejects(get(another), { code: 'AccessDeniedException' })
  assert.deepEqual(JSON.parse((await get()).Policy ?? '').Statement[0].Principal, { AWS: idOf(bob) })
  await assert.rejects(put({ AWS: arnOf(newUser('carol')) }), { code: 'MalformedPolicyException' })
  await assert.rejects(put({ Service: 'a'.repeat(1000) }), { code: 'PolicyTooLargeException' })
  await assert.rejects(call('notes', 'GetNote', { Name: 'b' }), { code: 'NoteNotFoundException' })
  assert.deepEqual(faults, [])
})

test('A service of the public seams alone answers signed requests, and no others', async () => {
  const { gateway } = await serviceFixture([notesModule])
  const ask = (secretAccessKey: string) => {
    const signed = aws4.sign(
      {
        ...{ service: 'notes', region, method: 'POST', path: '/', host: 'localhost', body: '{"Name":"a"}' },
        headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'Notes.CreateNote' },
      },
      { accessKeyId: root.accessKeyId ?? '', secretAccessKey },
    )
    const sent = Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)] as const)
    const headers = Object.fromEntries(sent.map(([name, value]) => [name.toLowerCase(), value]))
    const body = Buffer.from(signed.body ?? '')
    return gateway.answer(
      { method: 'POST', path: '/', query: '', rawHeaders: sent.flat(), headers, body },
      { ip: '127.0.0.1', host: 'localhost' },
      { signal: new AbortController().signal },
    )
  }
  const answer = await ask(rootSecret)
  assert.deepEqual([answer.status, JSON.parse(String(answer.body))], [200, { Name: 'a', Tags: {} }])
  assert.match(String((await ask('another')).body), /SignatureDoesNotMatch|InvalidSignatureException/)
})

test('A service whose kinds of work, tables or names are those of another does not open', async () => {
  const named = (name: string): ServiceModule => ({ ...notesModule, definition: { ...notesModule.definition, name } })
  const createNames: Migration = {
    name: '0900-notes-names',
    up: async (sql) => void (await sql.run('CREATE TABLE notes_names (name TEXT NOT NULL)')),
  }
  await assert.rejects(
    serviceFixture([{ ...named('other'), migrations: [createNames] }]),
    /other makes the table notes_names: its name must begin/,
  )
  await assert.rejects(serviceFixture([named('other')]), /"notes\.forget": its name must begin with "other\."/)
  await assert.rejects(serviceFixture([notesModule, notesModule]), /two services are called notes/)
})

test('The whole of such a service has fewer than 150 lines', () => {
  const text = readFileSync(new URL('fixtures/notes-service.ts', import.meta.url), 'utf8')
  assert.ok(text.split('\n').length <= 150)
})
