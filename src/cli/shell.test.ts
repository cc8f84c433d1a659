import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { exported } from './shell.ts'

test('a shell takes over every value as it was, and runs none of it', () => {
  const values = ['', 'plain', '/my data', "it's", '$(id)', '`id`', 'a; echo INJECTED', '~', 'two\nlines', '"\\', '-n']
  for (const value of values) {
    const script = `${exported({ ONE: value, OTHER: 'us-east-1' })}; printf '%s|%s' "$ONE" "$OTHER"`
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), `${value}|us-east-1`)
  }
})

test('plain values stay without quotes', () => {
  assert.equal(exported({ URL: 'http://127.0.0.1:4566', KEY: 'AK/+=' }), 'export URL=http://127.0.0.1:4566 KEY=AK/+=')
})
