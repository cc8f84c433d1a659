import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Words that the house style (CONTRIBUTING.md) replaces, as parts of names in code too where no ordinary word has them. */
const words: readonly RegExp[] = [
  /\bworlds?\b|[a-z]World\b|\bworld[A-Z]/g,
  /\b(house(?! style)|rooms?)\b/gi,
  /corridor/gi,
  /furnish/gi,
  /errand/gi,
  /workshop/gi,
  /\bjudg(e|es|ed|ing|ement|ements)\b|judge[A-Z]/gi,
  /\b(told|tellable)\b/gi,
  /[Ww]ho(m?)ever|[Ss]omebody|[Nn]obody|[Ee]verybody|[Aa]nybody/g,
  /(?<!\bthere\s+)\b(is|are) no\b(?! longer)/gi,
]

const read = (file: string) => readFileSync(join(root, file), 'utf8')

const filesOf = (...patterns: string[]) =>
  globSync(patterns, { cwd: root }).filter((file) => !file.includes('node_modules'))

/** Blanks out code, which names files and functions as they are, but keeps the lines. */
const proseOf = (page: string) =>
  page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, (block) => block.replaceAll(/[^\n]/g, '')).replaceAll(/`[^`\n]*`/g, '`…`')

/** The page of the house style shows what not to write. */
const withoutStyleTables = (page: string) =>
  page.replace(/^## House style$[\s\S]*?(?=^## )/m, (section) => section.replaceAll(/^\|.*$/gm, ''))

/** @returns `README.md:12: told` for each word that a text has and should not have. */
const findings = (file: string, text: string): string[] =>
  words.flatMap((pattern) =>
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

/** `nobody` is the name of a user on Unix systems. */
const withoutSystemUser = (code: string) => code.replaceAll("'nobody'", "''")

test('code, tests, benchmarks, scripts and examples have none of them', () => {
  const folders = ['src', 'test', 'bench', 'scripts', 'examples']
  const files = filesOf(...folders.map((folder) => `${folder}/**/*.{ts,mjs,py}`))
  assert.ok(files.length > 500)
  const found = files
    .filter((file) => file !== 'test/words.test.ts')
    .flatMap((file) => findings(file, withoutSystemUser(read(file))))
  assert.deepEqual(found, [])
})

/** Begins the docstring of a function that says what it is about before it says what it does. */
const noVerb = /^(What|How|Of|Whether|Where|When|Why|By|For|As|In|With|From|Which|Who|Whose)\b/

test('the docstring of an exported function begins with a verb, or a noun of what it returns', () => {
  const exported =
    /^\/\*\*\s*(?:\n \* )?([^\n]*)[^/]*?\*\/\nexport (?:async )?(?:function\b|const \w+ = (?:async )?\()/gm
  const files = filesOf('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  const found = files.flatMap((file) =>
    [...read(file).matchAll(exported)].flatMap(([, first = '']) => (noVerb.test(first) ? `${file}: ${first}` : [])),
  )
  assert.deepEqual(found, [])
})
