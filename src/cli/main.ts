#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander'
import { ConfigError, defaultPort, describedSettings } from '../server/config.ts'
import { serviceManifests } from '../services/index.ts'
import { keepCompiledCode } from './compile-cache.ts'
import { dataDirOption, devOption, endpointOption, examples } from './options.ts'
import { addServiceCommands } from './service-commands.ts'
import { UserError } from './user-error.ts'

// Said here, because what a command loads may need modules that an older Node does not have.
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`strongroom: this is Node ${process.versions.node}, and Node 24 or newer is needed: https://nodejs.org`)
  process.exit(1)
}

keepCompiledCode()

// Commands load when they are run: help and mistakes need none of them.
/** Failures whose message says what to do; named here so that the modules they come from load only when they are needed. */
const expectedFailures = new Set([
  'AnchorMismatchError',
  'DataDirectoryError',
  'LedgerKeyMissingError',
  'MaintenanceError',
  'MissingAnchorError',
  'NoProofError',
  'RootKeyError',
  'StoreUnavailableError',
  'UnexpectedSchemaError',
  'UnknownMigrationError',
  'UnreadableAnchorError',
  'UnsoundEndError',
  'WrongRootKeyError',
])

const program = new Command('strongroom')
  .description(
    "The AWS security plane on your own machines: KMS, Secrets Manager, Parameter Store, IAM, STS, Lambda and CloudTrail behind AWS's own wire protocols.",
  )
  .version((await import('../server/version.ts')).version)
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    'after',
    '\nBegin with: strongroom start\nThen, in another terminal: eval "$(strongroom credentials)" && aws sts get-caller-identity',
  )
  .exitOverride()

const settingLines = () =>
  describedSettings()
    .map(({ name, values, description }) => `  ${`${name}=${values.join('|')}`.padEnd(32)} ${description}`)
    .join('\n')

program
  .command('start')
  .description('start the server and keep it running until Ctrl-C')
  .option('--dev', 'development mode: root test/test and an administrator, time can be moved, reset; loopback only')
  .option('--ephemeral', 'keep nothing on disk')
  .option('--host <address>', 'address to listen on (default: localhost, 127.0.0.1 and ::1; others need TLS)')
  .option('--port <number>', `port to listen on, 0 for a free one (default: ${defaultPort})`)
  .addOption(dataDirOption())
  .option('--account-id <id>', 'id of the root account, 12 digits; chosen once, at first start')
  .option('--account <id...>', 'further accounts, each with a root of its own')
  .option('--region <name>', 'region that the printed commands and credentials name (default: us-east-1)')
  .option('--database-url <url>', 'keep the state in PostgreSQL: postgres://user@host/database')
  .option('--ledger-retention <time>', 'how long records stay in the ledger: 90d, 1y (default: forever)')
  .option('--tls-cert <file>', 'PEM file with the certificate chain to serve TLS with')
  .option('--tls-key <file>', 'PEM file with its private key')
  .option('--insecure', 'plain HTTP beyond loopback, for use behind a proxy that speaks TLS')
  .option('--set <name=value...>', 'behaviour that differs from the default, see below')
  .option('--log-level <level>', 'fatal, error, warn, info, debug or silent (default: info)')
  .addHelpText(
    'after',
    `
The root key seals every secret at rest. It is the file root.key in the data directory, made on first start, unless
STRONGROOM_ROOT_KEY (32 bytes, base64 or hex) or STRONGROOM_PASSPHRASE is set. Keep a copy of it away from the backups:
without it no secret can be opened.

Settings (--set name=value; the first value is the default):
${settingLines()}

Examples:
  strongroom start                          durable, on localhost:${defaultPort}
  strongroom start --dev --ephemeral        for tests: test/test, nothing kept
  strongroom start --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem`,
  )
  .action(async (options) => (await import('./commands/start.ts')).start(options))

program
  .command('status')
  .description('show whether the server runs, where, and its state')
  .addOption(endpointOption())
  .addOption(dataDirOption())
  .addOption(devOption())
  .addHelpText(
    'after',
    examples('strongroom status', 'strongroom status --dev', 'strongroom status --endpoint http://127.0.0.1:4566'),
  )
  .action(async (options) => (await import('./commands/status.ts')).status(options))

program
  .command('explain')
  .description('explain why a request was denied, by its request id')
  .argument('<request-id>', 'the id in the error, or in the x-amzn-RequestId header')
  .addOption(endpointOption())
  .addOption(dataDirOption())
  .addOption(devOption())
  .option('--json', 'print the whole decision as JSON')
  .addHelpText('after', examples('strongroom explain 7c0e3c1a-5b2f-4d8e-9a61-2f6d1f0b8a47 --dev'))
  .action(async (requestId, options) => (await import('./commands/explain.ts')).explain(requestId, options))

const ledger = program.command('ledger').description('the record of every call')
ledger
  .command('verify')
  .description('prove that no record was changed, removed, inserted or reordered')
  .addOption(dataDirOption())
  .addOption(devOption())
  .option('--backup <file>', 'verify a backup instead of the data directory')
  .option('--database-url <url>', 'verify the ledger in PostgreSQL')
  .addHelpText(
    'after',
    '\nWorks while the server runs and when it does not. Exit code 0: sound; 1: the first bad record is named.\n' +
      examples('strongroom ledger verify', 'strongroom ledger verify --backup /backups/monday.sqlite'),
  )
  .action(async (options) => (await import('./commands/ledger-verify.ts')).ledgerVerify(options))
ledger
  .command('prove')
  .description("print a proof that an event's record is in the ledger, for others to check with openssl")
  .argument('<event-id>', 'the eventID of the record')
  .option('--out <file>', 'write the proof to a file, which must not exist, instead of standard output')
  .addOption(new Option('--endpoint <url>', 'ask a running server, signed by the root of the data directory'))
  .addOption(dataDirOption())
  .addOption(devOption())
  .option('--backup <file>', 'prove it from a backup instead of the data directory')
  .option('--database-url <url>', 'prove it from the ledger in PostgreSQL')
  .addHelpText(
    'after',
    `
Reads the data directory, while the server runs and when it does not. Besides the record, the proof holds those that follow it
up to the next signed checkpoint, 255 at most: all who get it can read them. docs/ledger.md has a script that checks it.
${examples(
  'strongroom ledger prove 0198c5d2-7d40-7c3e-9a61-2f6d1f0b8a47 --out proof.json',
  'strongroom ledger prove 0198c5d2-7d40-7c3e-9a61-2f6d1f0b8a47 --endpoint http://127.0.0.1:4566',
)}`,
  )
  .action(async (eventId, options) => (await import('./commands/ledger-prove.ts')).ledgerProve(eventId, options))
ledger
  .command('accept')
  .description(
    'let a stopped server go on with the database as it is, after its anchor was lost or its end is not proven',
  )
  .addOption(dataDirOption())
  .addOption(devOption())
  .option('--database-url <url>', 'accept the ledger in PostgreSQL, while none of its nodes runs')
  .addHelpText(
    'after',
    `
The anchor in the data directory and the server's own proof in the database tell where the ledger ends. Where the anchor is
missing, or either tells of other records than the database has, a start is refused, because records may have been cut off,
replaced or added. Find out why first. This proves the chain and its signatures, moves the anchor that is there aside, and
takes the end as it is for the server's own.
${examples('strongroom ledger accept --data-dir /srv/strongroom')}`,
  )
  .action(async (options) => (await import('./commands/ledger-accept.ts')).ledgerAccept(options))

const clock = program.command('clock').description('show or move the clock of a development server')
for (const [name, argument, description, example] of [
  ['show', undefined, 'print the time of the server', ''],
  ['advance', '<duration>', 'move the clock ahead: 90s, 15m, 24h, 30d; all work that falls due runs', ' 30d'],
  ['set', '<time>', 'set the clock: 2026-03-01T12:00:00Z', ' 2026-03-01T12:00:00Z'],
] as const) {
  const command = clock
    .command(name)
    .description(description)
    .addHelpText('after', examples(`strongroom clock ${name}${example}`))
  if (argument) command.argument(argument)
  command
    .addOption(endpointOption())
    .addOption(dataDirOption())
    .action(async (...given) => {
      const value = argument ? String(given[0]) : undefined
      await (await import('./commands/clock.ts')).clock(name, value, given[argument ? 1 : 0])
    })
}

program
  .command('backup')
  .description('write a consistent copy of the database to a file, while the server runs')
  .argument('<file>', 'file to write; must not exist')
  .addOption(dataDirOption())
  .addOption(devOption())
  .addHelpText(
    'after',
    '\nSecrets stay sealed in the copy: it cannot be read without the root key, which is not in it.\n' +
      examples('strongroom backup /backups/monday.sqlite'),
  )
  .action(async (file, options) => (await import('./commands/backup.ts')).backup(file, options))

program
  .command('restore')
  .description('put a backup in place of the database of a stopped server')
  .argument('<file>', 'a file that "strongroom backup" wrote')
  .addOption(dataDirOption())
  .addOption(devOption())
  .option('--replace', 'move a database that is there aside instead of refusing')
  .addHelpText(
    'after',
    '\nThe root key has to be there first: root.key in the data directory, or the environment.\n' +
      examples('strongroom restore /backups/monday.sqlite --data-dir /srv/strongroom'),
  )
  .action(async (file, options) => (await import('./commands/restore.ts')).restore(file, options))

program
  .command('doctor')
  .description('check this machine: runtime, databases, tools, and what is missing for which feature')
  .addOption(dataDirOption())
  .addOption(devOption())
  .addHelpText(
    'after',
    `\n✗ marks a problem for the server, with the way to fix it.\n${examples('strongroom doctor', 'strongroom doctor --dev')}`,
  )
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options))

program
  .command('credentials')
  .description('print the root credentials for a shell, or write an AWS profile')
  .addOption(dataDirOption())
  .addOption(devOption())
  .addOption(new Option('--format <form>', 'how to print').choices(['shell', 'json', 'profile']).default('shell'))
  .option(
    '--write-profile <name>',
    'write the profile to ~/.aws/config and ~/.aws/credentials (or AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)',
  )
  .option('--administrator', "a development server's administrator instead of root, who may assume no role")
  .option('--replace', "write it over other access keys of that name's, and keep a copy of the files")
  .addHelpText(
    'after',
    examples(
      'eval "$(strongroom credentials)"',
      'strongroom credentials --write-profile strongroom && aws --profile strongroom sts get-caller-identity',
      'eval "$(strongroom credentials --dev --administrator)"',
    ),
  )
  .action(async (options) => (await import('./commands/credentials.ts')).credentials(options))

for (const { commands = [] } of serviceManifests) addServiceCommands(program, commands)
sayInOneLine(program, program.name())

try {
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = exitCodeOf(thrown)
}

/** Makes a command refuse a wrong command line in one line, which ends with how to get help. */
function sayInOneLine(command: Command, name: string): void {
  command.configureOutput({
    outputError: (text, write) => {
      const complaint = text
        .trim()
        .replace(/^error: /, '')
        .replace(/\.?\n\(Did (.*)\)$/, ': did $1')
      write(`strongroom: ${complaint.replace(/[.?]?$/, (end) => end || '.')} Help: ${name} --help\n`)
    },
  })
  for (const inner of command.commands) sayInOneLine(inner, `${name} ${inner.name()}`)
}

/** 2 for a wrong command line, 1 for everything else that failed; faults of ours keep their stack for a bug report. */
function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
  if (thrown instanceof ConfigError || thrown instanceof UserError) {
    console.error(`strongroom: ${thrown.message}`)
    return thrown instanceof ConfigError ? 2 : 1
  }
  if (thrown instanceof Error && expectedFailures.has(thrown.name)) {
    console.error(`strongroom: ${thrown.message}`)
    return 1
  }
  console.error('strongroom: internal error: please report it with the lines below.')
  console.error(thrown)
  return 1
}
