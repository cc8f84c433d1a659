import assert from 'node:assert/strict'
import { test } from 'node:test'
import aws4 from 'aws4'
import type { Call } from '../src/core/call.ts'
import type { Operation, Permission } from '../src/core/operation.ts'
import type { Sealer } from '../src/core/sealer.ts'
import { ServiceError } from '../src/core/service-error.ts'
import type { ServiceModel } from '../src/core/service-model.ts'
import type { ServiceModule } from '../src/core/service-module.ts'
import type { Migration } from '../src/core/sql.ts'
import type { CollectionSpec } from '../src/core/store.ts'
import { readList } from '../src/kit/bounded-list.ts'
import { clientTokenCollection, clientTokens, type UsedToken } from '../src/kit/client-tokens.ts'
import { counters } from '../src/kit/counters.ts'
import { openPageToken, sealPageToken } from '../src/kit/page-token.ts'
import { createdTagKeys } from '../src/kit/tag-keys.ts'
import { tagsOfRecord } from '../src/kit/tags.ts'
import { accountId, region, root, rootSecret } from '../src/testing/callers.ts'
import { serviceFixture } from '../src/testing/service-fixture.ts'
import { callerOf, userOf } from './fixtures/call.ts'

// A whole service of the public seams alone: what is to be added besides, for one in the product, is its line in the list.

interface Note {
  Name: string
  Tags: Record<string, string>
}

interface Context {
  call: Call
  sealer: Sealer
  keepSeconds: number
}

type ListInput = { MaxResults?: number; NextToken?: string }

const notes: CollectionSpec<Note> = { name: 'notes.notes' }
const noteCounts: CollectionSpec<{ notes: number }> = { name: 'notes.counts' }
const usedTokens: CollectionSpec<UsedToken> = { name: 'notes.client-tokens', ...clientTokenCollection }
const forgetWork = 'notes.forget'
const createNames: Migration = {
  name: '0900-notes-names',
  up: async (sql) => void (await sql.run('CREATE TABLE notes_names (name TEXT NOT NULL)')),
}

const counts = counters({
  collection: noteCounts,
  none: { notes: 0 },
  quotas: {
    notes: { most: 3, exceeded: () => new ServiceError('LimitExceededException', 400, 'Three notes at most.') },
  },
})

const tokens = clientTokens({
  collection: usedTokens,
  windowMs: 600_000,
  mismatch: (token) => new ServiceError('TokenMismatchException', 400, `${token} came with another note.`),
})

const model: ServiceModel = {
  apiVersion: '2026-01-01',
  operations: {
    CreateNote: { method: 'POST', path: '/', input: 'CreateNoteRequest', output: 'Note' },
    ListNotes: { method: 'POST', path: '/', input: 'ListNotesRequest', output: 'ListNotesResponse' },
  },
  shapes: {
    Name: { type: 'string', min: 1, max: 8 },
    String: { type: 'string' },
    Limit: { type: 'integer', min: 1, max: 50 },
    Tags: { type: 'map', key: { shape: 'String' }, value: { shape: 'String' } },
    Note: { type: 'structure', members: { Name: { shape: 'Name' }, Tags: { shape: 'Tags' } }, required: ['Name'] },
    CreateNoteRequest: {
      type: 'structure',
      members: { Name: { shape: 'Name' }, Tags: { shape: 'Tags' }, ClientToken: { shape: 'String' } },
      required: ['Name'],
    },
    Notes: { type: 'list', member: { shape: 'Note' } },
    ListNotesRequest: {
      type: 'structure',
      members: { MaxResults: { shape: 'Limit' }, NextToken: { shape: 'String' } },
    },
    ListNotesResponse: { type: 'structure', members: { Notes: { shape: 'Notes' }, NextToken: { shape: 'String' } } },
  },
}

const allowed = ({ call }: Context, tags: Record<string, string> = {}): Permission[] => [
  {
    action: `notes:${call.operation}`,
    resource: `arn:aws:notes:${call.region}:${call.accountId}:note/*`,
    context: createdTagKeys(tagsOfRecord(tags)),
  },
]

const CreateNote: Operation<Context, Partial<Note> & { Name: string; ClientToken?: string }, Note> = {
  readOnly: false,
  permissions: (context, { Tags }) => allowed(context, Tags),
  handle: ({ call, keepSeconds }, { ClientToken, ...input }) =>
    call.transaction((tx) =>
      tokens.once(tx, call, { token: ClientToken, input }, async () => {
        const { Name, Tags = {} } = input
        await tx.sql('notes').run('INSERT INTO notes_names (name) VALUES (?)', [Name])
        if (await tx.in(notes).get(call, Name)) throw new ServiceError('NoteExistsException', 400, `${Name} exists.`)
        await counts.change(tx, call, 'notes', { notes: 1 })
        await tx.in(notes).put(call, Name, { Name, Tags })
        const scope = { accountId: call.accountId, region: call.region }
        const dueAtMs = call.clock.nowMs() + keepSeconds * 1000
        await tx.schedule({ kind: forgetWork, key: JSON.stringify([scope, Name]), dueAtMs, scope, payload: { Name } })
        return { Name, Tags }
      }),
    ),
}

const ListNotes: Operation<Context, ListInput, { Notes: Note[]; NextToken?: string }> = {
  readOnly: true,
  permissions: (context) => allowed(context),
  async handle(context, { MaxResults = 50, NextToken }) {
    const { call } = context
    const after = NextToken === undefined ? undefined : openPageToken(context, [], NextToken)
    if (NextToken !== undefined && typeof after !== 'string') throw new ServiceError('InvalidNextTokenException', 400)
    const read = async (afterId: string | undefined, limit: number) =>
      (await call.store.in(notes).list(call, { afterId, limit })).map(({ id, document }) => ({
        place: id,
        row: document,
      }))
    const { rows, place, more } = await readList({ read }, after as string | undefined, MaxResults)
    return { Notes: rows.map(({ row }) => row), NextToken: more ? sealPageToken(context, [], place) : undefined }
  },
}

const notesModule: ServiceModule<{ 'notes.keep': number; 'notes.throttle': boolean }> = {
  definition: {
    name: 'notes',
    title: 'Notes',
    principal: 'notes.amazonaws.com',
    apiVersion: model.apiVersion,
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['Notes'] }],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () => model,
    operations: { CreateNote, ListNotes },
    requestQuotas: {
      operations: { CreateNote: { quotas: [{ name: 'CreateNote', perSecond: 5 }] } },
      exceeded: () => new ServiceError('ThrottlingException', 400, 'Rate exceeded'),
    },
  },
  settings: {
    'notes.keep': { description: 'How long notes are kept.', values: { hour: 3600, day: 86_400 }, default: 3600 },
    'notes.throttle': { description: 'Whether quotas hold.', values: { true: true, false: false }, default: false },
  },
  migrations: [createNames],
  open: ({ sealer }, settings) => ({
    context: (call): Context => ({ call, sealer, keepSeconds: settings['notes.keep'] }),
    throttled: settings['notes.throttle'],
    work: {
      [forgetWork]: {
        atOnce: 2,
        run:
          async ({ scope, payload }) =>
          async (tx) => {
            const isGone = await tx.in(notes).delete(scope, (payload as Note).Name)
            if (isGone) await counts.change(tx, scope, 'notes', { notes: -1 })
          },
      },
    },
  }),
}

test('A service of the public seams alone validates, records, lists in pages, and does its work when it is due', async () => {
  const { call, advance, faults, store } = await serviceFixture([notesModule])
  for (const Name of ['a', 'b', 'c']) await call('notes', 'CreateNote', { Name, Tags: { of: Name } })
  await assert.rejects(call('notes', 'CreateNote', { Name: 'a' }), { code: 'NoteExistsException' })
  const names = await store.sql('notes').all<{ name: string }>('SELECT name FROM notes_names ORDER BY name')
  assert.equal(names.map(({ name }) => name).join(), 'a,b,c')
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

test('A service of the public seams alone repeats answers, keeps quotas, and throttles before it looks at permissions', async () => {
  const { call, advance } = await serviceFixture([notesModule])
  const create = (Name: string, ClientToken?: string) => call('notes', 'CreateNote', { Name, ClientToken })
  assert.deepEqual(await create('a', 'once'), await create('a', 'once'))
  await assert.rejects(create('b', 'once'), { code: 'TokenMismatchException' })
  for (const name of ['b', 'c']) await create(name)
  await assert.rejects(create('d'), { code: 'LimitExceededException' })
  await advance(3600 * 1000)
  await create('d', 'once')

  const throttled = await serviceFixture([notesModule], { settings: { 'notes.throttle': true } })
  const unprivileged = { caller: callerOf(userOf(accountId, 'unprivileged')) }
  const codes: string[] = []
  for (let count = 0; count < 6; count++) {
    await throttled.call('notes', 'CreateNote', { Name: 'a' }, unprivileged).catch((error) => codes.push(error.code))
  }
  assert.deepEqual(codes, [...Array(5).fill('AccessDeniedException'), 'ThrottlingException'])
  throttled.clock.advance(1)
  await throttled.call('notes', 'CreateNote', { Name: 'a' })
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

test('A service whose kinds of work, or names, are those of another does not open', async () => {
  const named = (name: string): ServiceModule => ({ ...notesModule, definition: { ...notesModule.definition, name } })
  await assert.rejects(serviceFixture([named('other')]), /other makes the table notes_names: its name must begin/)
  await assert.rejects(
    serviceFixture([{ ...named('other'), migrations: [] }]),
    /"notes\.forget": its name must begin with "other\."/,
  )
  await assert.rejects(
    serviceFixture([notesModule, { ...notesModule, migrations: [] }]),
    /two services are called notes/,
  )
})
