import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { EventProof } from '../../src/ledger/event-proof.ts'
import { startStrongroom } from '../../src/server/server.ts'
import { assertRefused, strongroomAtHome } from '../fixtures/command.ts'
import { missing, run } from '../fixtures/foreign.ts'
import { postTask } from '../fixtures/operator.ts'
import { startPostgres } from '../fixtures/postgres.ts'
import { send, signJson, signQuery } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

/** Enough that records lie before and behind a checkpoint of a 256th record. */
const calls = 300

let folder: string
let server: ServerProcess
const scripts: Record<'sh' | 'python3', string> = { sh: '', python3: '' }

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-prove-'))
  const page = readFileSync(fileURLToPath(new URL('../../docs/ledger.md', import.meta.url)), 'utf8')
  for (const [program, name] of [
    ['sh', 'sh'],
    ['python3', 'python'],
  ] as const) {
    const [, text = ''] = new RegExp(`<!-- check: ${name} -->\n+\`\`\`\\w+\n([^]*?)\n\`\`\``).exec(page) ?? []
    assert.ok(text.length > 500)
    scripts[program] = join(folder, `check.${program}`)
    writeFileSync(scripts[program], `${text}\n`)
  }
  server = await startServerProcess(join(folder, 'data'))
  for (let count = 0; count < calls; count++) await listKeys(server)
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const strongroom = (...args: string[]) => strongroomAtHome(folder)(...args)

async function listKeys({ port, credentials }: Pick<ServerProcess, 'port' | 'credentials'>) {
  const request = signJson({ port, service: 'kms', operation: 'ListKeys', input: {} }, credentials)
  assert.equal((await send(port, request)).status, 200)
}

function recordsIn(dataDir: string): { seq: number; eventId: string }[] {
  const database = new DatabaseSync(join(dataDir, 'strongroom.sqlite'), { readOnly: true })
  try {
    const rows = database.prepare('SELECT seq, record FROM ledger_records ORDER BY seq').all()
    return rows.map(({ seq, record }) => ({ seq: Number(seq), eventId: JSON.parse(String(record)).eventID }))
  } finally {
    database.close()
  }
}

async function proofOf(eventId: string, ...options: string[]) {
  const { status, stdout, stderr } = await strongroom('ledger', 'prove', eventId, ...options)
  assert.equal(status, 0, stderr)
  const [, fingerprint = ''] = /SHA-256: ([0-9a-f]{64})$/m.exec(stderr) ?? []
  return { proof: JSON.parse(stdout) as EventProof, fingerprint, stderr }
}

async function check(program: 'sh' | 'python3', proof: EventProof, eventId: string, fingerprint: string) {
  const file = join(folder, 'proof.json')
  writeFileSync(file, JSON.stringify(proof))
  return run(program, [scripts[program], file, eventId, fingerprint], process.env as Record<string, string>)
}

const programs = [
  ['sh', missing('jq', '--version') || missing('openssl', 'version')],
  ['python3', missing('python3', '--version') || missing('openssl', 'version')],
] as const

for (const [program, skip] of programs) {
  test(`the ${program} script of the page accepts proofs of records anywhere in the ledger`, { skip }, async () => {
    await listKeys(server)
    const records = recordsIn(server.dataDir)
    // An early one (the shell needs seconds for 256 records), around the 256th, and the last, signed while the command waits.
    const early = program === 'sh' ? records[240] : records[0]
    for (const { seq, eventId } of [early, records[250], records[255], records[256], records.at(-1)].filter(
      (record) => record !== undefined,
    )) {
      const { proof, fingerprint } = await proofOf(eventId, '--data-dir', server.dataDir)
      assert.equal(proof.seq, seq)
      const { status, stdout, stderr } = await check(program, proof, eventId, fingerprint)
      assert.equal(status, 0, stderr)
      assert.equal(stdout.trimEnd(), proof.records[0]?.record)
    }
  })

  test(`the ${program} script refuses a proof in which anything was changed`, { skip }, async () => {
    const [one, other] = recordsIn(server.dataDir).slice(252, 254)
    assert.ok(one && other)
    const { proof, fingerprint } = await proofOf(one.eventId, '--data-dir', server.dataDir)
    assert.equal((await check(program, proof, one.eventId, fingerprint)).status, 0)
    const flipped = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
    const tampered: Record<string, (copy: EventProof) => void> = {
      record: ({ records: [first] }) => {
        if (first) first.record = first.record.replace('"ListKeys"', '"ListKeyz"')
      },
      'a record behind it': ({ records: [, second] }) => {
        if (second) second.record += ' '
      },
      'the record and its hash': ({ records: [first] }) => {
        if (first) first.hash = flipped(first.hash)
      },
      'the hash before': (copy) => {
        copy.previousHash = flipped(copy.previousHash)
      },
      'a longer hash before': (copy) => {
        copy.previousHash += '00'
      },
      number: (copy) => {
        copy.seq++
        copy.checkpoint.seq++
      },
      'a record left out': (copy) => {
        copy.records.pop()
      },
      'the hash of the checkpoint': ({ checkpoint }) => {
        checkpoint.hash = flipped(checkpoint.hash)
      },
      'the time of the checkpoint': ({ checkpoint }) => {
        checkpoint.timeMs++
      },
      signature: ({ checkpoint }) => {
        const bytes = Buffer.from(checkpoint.signature, 'base64')
        bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3)
        checkpoint.signature = bytes.toString('base64')
      },
    }
    for (const [name, tamper] of Object.entries(tampered)) {
      const copy = structuredClone(proof)
      tamper(copy)
      assert.notDeepEqual(copy, proof, name)
      const { status, stdout } = await check(program, copy, one.eventId, fingerprint)
      assert.deepEqual([status, stdout], [1, ''], name)
    }
    const ofOther = (await proofOf(other.eventId, '--data-dir', server.dataDir)).proof
    assert.match((await check(program, ofOther, one.eventId, fingerprint)).stderr, /NOT PROVEN: .*of another event/)
    const elsewhere = await check(program, proof, one.eventId, flipped(fingerprint))
    assert.match(elsewhere.stderr, /NOT PROVEN: it has another key/)
  })
}

test('a running server proves its last record for operators alone, and records that it did', async () => {
  await listKeys(server)
  const last = recordsIn(server.dataDir).at(-1)
  assert.ok(last)
  const endpoint = `http://127.0.0.1:${server.port}`
  const { proof, fingerprint } = await proofOf(last.eventId, '--endpoint', endpoint, '--data-dir', server.dataDir)
  assert.equal(proof.seq, last.seq)
  assert.equal(proof.checkpoint.seq, last.seq)
  assert.equal((await check('sh', proof, last.eventId, fingerprint)).status, 0)
  const { record = '' } = (await proofOf(recordsIn(server.dataDir).at(-1)?.eventId ?? '', '--data-dir', server.dataDir))
    .proof.records[0] ?? { record: '' }
  assert.deepEqual(JSON.parse(record).serviceEventDetails, { eventId: last.eventId })
  assert.equal(JSON.parse(record).eventName, 'ProveEvent')

  const body = JSON.stringify({ eventId: last.eventId })
  const refused = await postTask({ endpoint }, 'ledger-proof', await newUser(), body)
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /not authorized to perform: strongroom:ProveEvent/)
  for (const [text, status] of [
    ['{}', 400],
    ['not JSON', 400],
    ['{"eventId": 5}', 400],
    ['{"eventId": "none"}', 404],
  ] as const) {
    const answer = await postTask({ endpoint }, 'ledger-proof', server.credentials, text)
    assert.equal(answer.status, status, text)
  }
})

async function newUser() {
  const { port, credentials } = server
  const iam = async (form: Record<string, string>) => {
    const answer = await send(port, signQuery({ port, service: 'iam', form }, credentials))
    assert.equal(answer.status, 200, answer.body)
    return answer.body
  }
  await iam({ Action: 'CreateUser', UserName: 'alice', Version: '2010-05-08' })
  const body = await iam({ Action: 'CreateAccessKey', UserName: 'alice', Version: '2010-05-08' })
  const member = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? ''
  return { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') }
}

test('what cannot be proven is refused with the reason, and a file that is there is left alone', async () => {
  const at = ['--data-dir', server.dataDir]
  const [first] = recordsIn(server.dataDir)
  assert.ok(first)
  assertRefused(
    await strongroom('ledger', 'prove', 'none', ...at),
    1,
    /^strongroom: The ledger has no event none: check/,
  )
  const out = join(folder, 'out.json')
  const written = await strongroom('ledger', 'prove', first.eventId, ...at, '--out', out)
  assert.deepEqual([written.status, written.stdout], [0, ''])
  assert.equal(JSON.parse(readFileSync(out, 'utf8')).eventId, first.eventId)
  assertRefused(await strongroom('ledger', 'prove', first.eventId, ...at, '--out', out), 1, /is there already/)
  assertRefused(await strongroom('ledger', 'prove', first.eventId, '--data-dir', folder), 1, /There is no database/)
})

test('an altered ledger gives no proof, and a record that a kill left unsigned waits for the next start', async () => {
  const dataDir = join(folder, 'killed')
  const killed = await startServerProcess(dataDir)
  await listKeys(killed)
  await killed.kill()
  const database = new DatabaseSync(join(dataDir, 'strongroom.sqlite'))
  const [first, last] = [recordsIn(dataDir).at(0), recordsIn(dataDir).at(-1)]
  assert.ok(first && last)
  database.prepare('DELETE FROM ledger_checkpoints WHERE seq >= ?').run(last.seq)
  assertRefused(
    await strongroom('ledger', 'prove', last.eventId, '--data-dir', dataDir),
    1,
    /No checkpoint vouches .* start it, and ask again/,
  )
  const again = await startServerProcess(dataDir)
  await again.stop()
  await proofOf(last.eventId, '--data-dir', dataDir)
  database.prepare(`UPDATE ledger_records SET record = record || ' ' WHERE seq = ?`).run(last.seq)
  assertRefused(await strongroom('ledger', 'prove', last.eventId, '--data-dir', dataDir), 1, /The chain does not hold/)
  database.close()
})

test('a record in PostgreSQL is proven in the same form', async (context) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return context.skip(postgres)
  try {
    const databaseUrl = await postgres.newDatabase()
    const dataDir = join(folder, 'postgres')
    const node = await startStrongroom({ databaseUrl, dataDir, port: 0, logLevel: 'silent' })
    try {
      const request = signJson({ port: node.port, service: 'kms', operation: 'ListKeys', input: {} }, node.credentials)
      const requestId = (await send(node.port, request)).headers['x-amzn-requestid']
      const lookup = signJson(
        { port: node.port, service: 'cloudtrail', operation: 'LookupEvents', input: {} },
        node.credentials,
      )
      const { Events } = JSON.parse((await send(node.port, lookup)).body)
      const { EventId } = Events.find((event: { CloudTrailEvent: string }) =>
        event.CloudTrailEvent.includes(String(requestId)),
      )
      const there = ['--data-dir', dataDir]
      const read = await proofOf(EventId, '--database-url', databaseUrl, ...there)
      const asked = await proofOf(EventId, '--endpoint', node.endpoint, ...there)
      for (const { proof, fingerprint } of [read, asked]) {
        assert.equal((await check('sh', proof, EventId, fingerprint)).status, 0)
      }
    } finally {
      await node.stop()
    }
  } finally {
    await postgres.stop()
  }
})
