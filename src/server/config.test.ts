import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { configure, optionsFromEnvironment, portOf, settingsFrom } from './config.ts'

test('settingsFrom reads each setting in its own values', () => {
  assert.deepEqual(settingsFrom(['cloudtrail.throttle=true', 'kms.import=any', 'kms.throttle=false']), {
    'cloudtrail.throttle': true,
    'kms.import': 'any',
    'kms.throttle': false,
  })
})

test('settingsFrom names what it knows when it is given something else', () => {
  for (const pair of ['kms.import=true', 'kms.import', 'toString=x', 'x=y', 'cloudtrail.throttle=']) {
    assert.throws(() => settingsFrom([pair]), {
      name: 'ConfigError',
      message: /^Invalid setting .*: use .*kms\.import=symmetric\|any/,
    })
  }
})

test('configure takes the settings that are given over the defaults', () => {
  const { settings } = configure({ ephemeral: true, dev: true, settings: { 'kms.import': 'any' } })
  assert.equal(settings['kms.import'], 'any')
  assert.equal(settings['kms.throttle'], false)
})

test('the settings are typed by what the services declare', () => {
  const refused = [
    // @ts-expect-error -- no service declares it
    () => configure({ ephemeral: true, dev: true, settings: { 'kms.imports': 'any' } }),
    // @ts-expect-error -- of another type than the setting's
    () => configure({ ephemeral: true, dev: true, settings: { 'lambda.concurrency': 11 } }),
  ]
  for (const call of refused) assert.throws(call, { name: 'ConfigError' })
})

test('configure refuses settings that it does not know, and values that they cannot have', () => {
  const configured = (settings: object) => () => configure({ ephemeral: true, dev: true, settings })
  const refused: [object, RegExp][] = [
    [{ 'kms.imports': 'any' }, /^Unknown setting "kms\.imports": use .*kms\.import=symmetric\|any/],
    [{ toString: true }, /^Unknown setting "toString": use /],
    [{ 'kms.import': true }, /^Invalid value true of the setting kms\.import: use 'symmetric' or 'any'/],
    [
      { 'kms.throttle': 'true' },
      /^Invalid value 'true' of the setting kms\.throttle: use true or false\. Whether KMS throttles/,
    ],
    [{ 'lambda.concurrency': 11 }, /^Invalid value 11 of the setting lambda\.concurrency: use 10 or 1000/],
    [{ 'kms.throttle': null }, /^Invalid value null of the setting kms\.throttle/],
  ]
  for (const [settings, message] of refused) {
    assert.throws(configured(settings), { name: 'ConfigError', message })
  }
  assert.equal(configured({ 'kms.throttle': undefined })().settings['kms.throttle'], false)
})

test('the environment says how the proxies of external key stores are reached', () => {
  const { xks } = optionsFromEnvironment({
    STRONGROOM_XKS_ROUTES: 'Proxy.example.com=127.0.0.1:8443, other.example.com=[::1]:9443',
    STRONGROOM_XKS_REPLY_MS: '1000',
  })
  assert.deepEqual(configure({ ephemeral: true, xks }).xks, {
    authorities: undefined,
    clientCertificate: undefined,
    routes: { 'proxy.example.com': '127.0.0.1:8443', 'other.example.com': '[::1]:9443' },
    replyMs: 1000,
  })
  assert.deepEqual(configure({ ephemeral: true }).xks.routes, {})
  assert.throws(
    () => optionsFromEnvironment({ STRONGROOM_XKS_CLIENT_KEY: 'key.pem' }),
    /is missing: set both or neither/,
  )
})

test('configure refuses routes, files and times for proxies that are none', () => {
  const wrong = [
    { routes: { 'proxy.example.com': '127.0.0.1' } },
    { routes: { 'proxy.example.com': 'https://127.0.0.1:8443' } },
    { routes: { 'proxy.example.com': '127.0.0.1:70000' } },
    { caFile: '/nowhere/ca.pem' },
    { caFile: tmpdir() },
    { clientCertificate: { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' } },
    { replyMs: 0 },
    { replyMs: Number('soon') },
  ]
  for (const xks of wrong) {
    assert.throws(() => configure({ ephemeral: true, xks }), { name: 'ConfigError' }, JSON.stringify(xks))
  }
})

test('an empty name is not a data directory', () => {
  assert.throws(() => configure({ dataDir: '' }), { name: 'ConfigError', message: /is empty.*--data-dir/ })
})

test('a port is decimal digits, and a refusal says what was given', () => {
  assert.deepEqual([portOf(undefined), portOf('0'), portOf('4566')], [undefined, 0, 4566])
  for (const text of ['', ' ', '0x10', '1e3', '-1', '4566.0', 'http']) {
    assert.throws(() => portOf(text), {
      name: 'ConfigError',
      message: `Invalid port "${text}": use 1 to 65535, or 0 for any that is free.`,
    })
  }
  assert.throws(() => configure({ port: 65_536 }), { name: 'ConfigError', message: /^Invalid port 65536: use/ })
  assert.throws(() => optionsFromEnvironment({ STRONGROOM_PORT: '0x10' }), { name: 'ConfigError' })
})

test('a region is one of the commercial partition, or one that AWS has not', () => {
  for (const region of ['eu-central-1', 'mars-north-1']) {
    assert.equal(configure({ ephemeral: true, region }).region, region)
  }
  for (const region of ['us-gov-west-1', 'us-isob-east-1', 'cn-north-1', 'eusc-de-east-1']) {
    assert.throws(
      () => configure({ ephemeral: true, region }),
      {
        name: 'ConfigError',
        message: /is in the partition aws-.*: use one in the partition aws, such as us-east-1\.$/,
      },
      region,
    )
  }
  for (const region of ['', 'us-east-1; echo INJECTED', 'us-east-1\n', 'US-EAST-1', 'us-east', '$(id)-a-1']) {
    assert.throws(
      () => configure({ ephemeral: true, region }),
      { name: 'ConfigError', message: /^Invalid Region / },
      region,
    )
  }
})

test('further accounts may be written with spaces between them', () => {
  const { accounts } = optionsFromEnvironment({ STRONGROOM_ACCOUNTS: '111122223333, 444455556666' })
  assert.deepEqual(configure({ ephemeral: true, accounts }).accounts, ['111122223333', '444455556666'])
})

test('a ledger retention is a number of days or years, at least a day, and forever by default', () => {
  const retention = (ledgerRetention?: string) =>
    configure({ ephemeral: true, dev: true, ledgerRetention }).ledgerRetention
  assert.equal(retention(), undefined)
  assert.equal(retention('forever'), undefined)
  assert.deepEqual(retention('1d'), { text: '1d', ms: 86_400_000 })
  assert.deepEqual(retention('7y'), { text: '7y', ms: 7 * 365 * 86_400_000 })
  for (const text of ['0d', '90', '1.5d', '-1d', '12h', 'for ever', '1001y', '']) {
    assert.throws(() => retention(text), { name: 'ConfigError', message: /^Invalid ledger retention .*: use days or/ })
  }
  assert.equal(optionsFromEnvironment({ STRONGROOM_LEDGER_RETENTION: '90d' }).ledgerRetention, '90d')
})
