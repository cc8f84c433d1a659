import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * Words of the house style (CONTRIBUTING.md), with the number of times that source code still has each of them. A number may fall,
 * and then it is lowered here; it must not grow.
 */
const words: Record<string, { pattern: RegExp; inSource: number }> = {
  world: { pattern: /\bworlds?\b/gi, inSource: 50 },
  'house, room': { pattern: /\b(house(?! style)|rooms?)\b/gi, inSource: 156 },
  corridor: { pattern: /\bcorridors?\b/gi, inSource: 38 },
  furnish: { pattern: /\bfurnish\w*/gi, inSource: 4 },
  errand: { pattern: /\berrands?\b/gi, inSource: 53 },
  workshop: { pattern: /\bworkshops?\b/gi, inSource: 9 },
  judge: { pattern: /\bjudg(e|es|ed|ing|ement|ements)\b/gi, inSource: 160 },
  'told, tellable': { pattern: /\b(told|tellable)\b/gi, inSource: 139 },
  'whoever, somebody, nobody, everybody': {
    pattern: /\b(who(m?)ever|somebody|nobody|everybody|anybody)\b/gi,
    inSource: 242,
  },
  'is no …': { pattern: /(?<!\bthere\s+)\b(is|are) no\b(?! longer)/gi, inSource: 108 },
}

const read = (file: string) => readFileSync(join(root, file), 'utf8')

const filesOf = (...patterns: string[]) =>
  globSync(patterns, { cwd: root }).filter((file) => !file.includes('node_modules'))

/** Blanks out code, which names files and functions as they are, but keeps the lines. */
const proseOf = (page: string) =>
  page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, (block) => block.replaceAll(/[^\n]/g, '')).replaceAll(/`[^`\n]*`/g, '`…`')

/** The page of the house style shows what not to write. */
const withoutStyleTables = (page: string) =>
  page.replace(/^## House style$[\s\S]*?(?=^## )/m, (section) => section.replaceAll(/^\|.*$/gm, ''))

const withoutComments = (code: string) =>
  code.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, '')).replaceAll(/(^|\s)\/\/ .*$/gm, '')

/** @returns `README.md:12: told` for each word that a text has and should not have. */
const findings = (file: string, text: string): string[] =>
  Object.values(words).flatMap(({ pattern }) =>
    [...text.matchAll(pattern)].map(
      ({ 0: word, index }) => `${file}:${text.slice(0, index).split('\n').length}: ${word}`,
    ),
  )

test('documents have none of the words that the house style replaces', () => {
  const pages = filesOf('*.md', 'docs/**/*.md')
  assert.ok(pages.length > 20)
  const found = pages.flatMap((file) => findings(file, proseOf(withoutStyleTables(read(file)))))
  assert.deepEqual(found, [])
})

test('the command line and the messages of configuration and maintenance have none of them', () => {
  const sources = filesOf('src/cli/**/*.ts', 'src/maintenance/*.ts', 'src/server/config.ts', 'src/server/tls-files.ts')
  assert.ok(sources.length > 20)
  const found = sources
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => findings(file, withoutComments(read(file))))
  assert.deepEqual(found, [])
})

test('source code has no more of them than it had', () => {
  const code = filesOf('src/**/*.ts').map(read).join('\n')
  for (const [name, { pattern, inSource }] of Object.entries(words)) {
    const found = [...code.matchAll(pattern)].length
    assert.ok(found <= inSource, `source code has "${name}" ${found} times, at most ${inSource} are left to replace`)
  }
})
