// Writes docs/coverage/ from the operation tables; with --check, says whether it is up to date.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '../src/core/services/service-definition.ts'
import { loadServices } from '../src/services/index.ts'

const folder = fileURLToPath(new URL('../docs/coverage/', import.meta.url))
const check = process.argv.includes('--check')

const pages = new Map<string, string>()
const rows: string[] = []
for (const { definition } of await loadServices()) {
  const service: ServiceDefinition = definition
  const names = Object.keys((await service.loadModel()).operations).sort()
  const unknown = Object.keys(service.operations).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new Error(`${service.name} declares operations that its model does not know: ${unknown}`)
  const built = names.filter((name) => Object.hasOwn(service.operations, name))
  rows.push(`| [${service.title}](${service.name}.md) | ${built.length} | ${names.length} |`)
  const lines = names.map((name) => {
    const operation = service.operations[name]
    return operation ? `| ${name} | yes | ${operation.readOnly ? 'read' : 'write'} |` : `| ${name} | | |`
  })
  pages.set(
    `${service.name}.md`,
    `# ${service.title}\n\n${built.length} of ${names.length} operations. An operation that is not built answers \`NotImplementedException\`.\n\n` +
      `| operation | built | kind |\n|---|---|---|\n${lines.join('\n')}\n`,
  )
}
pages.set(
  'README.md',
  `# Coverage\n\nGenerated from the operation tables by \`scripts/generate-coverage.ts\`.\n\n| service | built | operations |\n|---|---|---|\n${rows.join('\n')}\n`,
)

if (check) {
  const stale = [...pages].filter(([name, text]) => readIfThere(name) !== text).map(([name]) => name)
  const extra = readdirSync(folder).filter((name) => !pages.has(name))
  if (stale.length + extra.length > 0) {
    console.error(`docs/coverage is out of date: ${[...stale, ...extra].join(', ')}. Run scripts/generate-coverage.ts.`)
    process.exit(1)
  }
  console.log('✓ docs/coverage is up to date')
} else {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of pages) writeFileSync(folder + name, text)
  console.log(`wrote ${pages.size} pages to docs/coverage`)
}

function readIfThere(name: string): string | undefined {
  try {
    return readFileSync(folder + name, 'utf8')
  } catch {
    return undefined
  }
}
