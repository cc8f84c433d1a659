import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Step {
  kind: string
  file: string
  lines: string[]
}

/** Reads the blocks of the page that follow `<!-- create: FILE -->` and `<!-- edit: FILE -->`, without their indentation. */
function steps(): Step[] {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const blocks = page.matchAll(/^( *)<!-- (create|edit): (\S+) -->\n *```\w+\n([\s\S]*?)\n *```$/gm)
  return [...blocks].map(([, indentation = '', kind = '', file = '', text = '']) => ({
    kind,
    file,
    lines: text.split('\n').map((line) => line.slice(indentation.length)),
  }))
}

/** Replaces the lines of an edit that are there already by the whole edit. Each line begins with a space or a plus sign. */
function edited(text: string, { file, lines }: Step): string {
  const linesOf = (chosen: string[]) => chosen.map((line) => `${line.slice(1)}\n`).join('')
  const before = linesOf(lines.filter((line) => line.startsWith(' ')))
  assert.equal(text.split(before).length, 2, `${file} has these lines once: ${before}`)
  return text.replace(before, () => linesOf(lines))
}

test('the steps of "Add an operation" lead to an operation whose tests pass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-contributing-'))
  try {
    for (const name of ['src', 'test']) cpSync(join(root, name), join(folder, name), { recursive: true })
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(folder, name))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const step of steps()) {
      const path = join(folder, step.file)
      const text = step.kind === 'create' ? `${step.lines.join('\n')}\n` : edited(readFileSync(path, 'utf8'), step)
      writeFileSync(path, text)
    }
    const operation = 'src/services/ssm/operations/get-connection-status.test.ts'
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const options = { cwd: folder, env, encoding: 'utf8' } as const
    const report = execFileSync(process.execPath, ['--test', '--test-reporter=tap', operation], options)
    assert.match(report, /^# pass 2$/m)
    const project = { extends: './tsconfig.json', include: ['src/services/cloudtrail'] }
    writeFileSync(join(folder, 'tsconfig.service.json'), JSON.stringify(project))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [compiler, '-p', join(folder, 'tsconfig.service.json')], options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
