import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import type { CommandRun, ServiceCommand } from '../core/services/service-command.ts'
import { addServiceCommands } from './service-commands.ts'
import { UserError } from './user-error.ts'

interface Options {
  quickly?: boolean
  to?: string[]
}

function made(run: CommandRun<Options>) {
  let loads = 0
  const paint: ServiceCommand = {
    name: 'paint',
    description: 'paint things',
    arguments: [{ form: '<thing...>', description: 'what to paint' }],
    options: [
      { form: '--quickly', description: 'in one coat' },
      { form: '--to <colour...>', description: 'the colours' },
    ],
    details: 'Paint dries.',
    examples: ['strongroom garage paint door'],
    load: async () => {
      loads++
      return run
    },
  }
  const program = new Command('strongroom').exitOverride()
  addServiceCommands(program, [{ name: 'garage', description: 'what garages need', commands: [paint] }])
  return { program, loads: () => loads }
}

const parse = (program: Command, ...words: string[]) => program.parseAsync(words, { from: 'user' })

test("a service's command gets its arguments and options, and loads when it is run", async () => {
  const seen: unknown[] = []
  const { program, loads } = made(async (given) => void seen.push(given))
  assert.equal(loads(), 0)
  await parse(program, 'garage', 'paint', 'door', 'wall', '--quickly', '--to', 'red', '--to', 'blue', '--dev')
  assert.deepEqual(seen, [{ arguments: ['door', 'wall'], options: { quickly: true, to: ['red', 'blue'], dev: true } }])
  assert.equal(loads(), 1)
})

test("a service's command may ask the server that its options name, and refuse in the command line's way", async () => {
  const { program } = made(async (_, { askTask }) => void (await askTask('paint', {})))
  await assert.rejects(parse(program, 'garage', 'paint', 'x', '--dev', '--endpoint', 'http://127.0.0.1:1'), {
    message: /^no server answers at http:\/\/127\.0\.0\.1:1 /,
  })
  const refusing = made(async (_, { refusal }) => {
    throw refusal('there is no paint.')
  })
  await assert.rejects(parse(refusing.program, 'garage', 'paint', 'x'), (thrown) => thrown instanceof UserError)
})

test("a service's command hands entries on in order, in parts that a request can carry", async () => {
  const parts: string[][] = []
  const entries = ['a', 'b', 'c'].map((letter) => letter.repeat(250_000))
  const { program } = made(async (_, { sendInParts }) => {
    await sendInParts(entries, async (part) => void parts.push([...part]))
  })
  await parse(program, 'garage', 'paint', 'x')
  assert.deepEqual(
    parts,
    entries.map((entry) => [entry]),
  )
})

test("the help of a service's command shows its description, details, options and examples", () => {
  const { program } = made(async () => {})
  let help = ''
  const command = program.commands[0]?.commands[0]
  const writeOut = (text: string) => {
    help += text
  }
  command?.configureOutput({ writeOut }).outputHelp()
  const shown = ['paint things', 'what to paint', 'in one coat', '--endpoint', 'Paint dries.', 'garage paint door']
  for (const text of shown) assert.ok(help.includes(text), text)
})

test('a word that two services bring is refused', () => {
  const { program } = made(async () => {})
  assert.throws(
    () => addServiceCommands(program, [{ name: 'garage', description: 'again', commands: [] }]),
    /cannot add command 'garage'/,
  )
})
