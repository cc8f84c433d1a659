import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import aws4 from 'aws4'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'

const Bucket = 'uploads'

/** Reports what became of fetches of an object: its text and ETag, or that the browser kept the answer back. */
const tryFetches = `
  const tryFetch = (url, options) => fetch(url, options).then(
    async (answer) => ({ status: answer.status, text: await answer.text(), etag: answer.headers.get('etag') }),
    (error) => error.name,
  )
  const report = (name, results) => fetch('/' + name, { method: 'POST', body: JSON.stringify(results) })
`

/** The page that fetches, posts a form by script, and submits one as a user would. */
const firstPage = ({ get, put, posted, form }: Record<'get' | 'put', string> & Record<'posted' | 'form', Post>) => `
<!doctype html>
<form id="form" method="post" enctype="multipart/form-data" action="${form.url}">
  ${Object.entries(form.fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
    .join('')}
  <input type="file" name="file" id="file">
</form>
<script type="module">
  ${tryFetches}
  const data = new FormData()
  for (const [name, value] of Object.entries(${JSON.stringify(posted.fields)})) data.append(name, value)
  data.append('file', new Blob(['by script']), 'script.txt')
  await report('allowed', [
    await tryFetch(${JSON.stringify(get)}),
    await tryFetch(${JSON.stringify(put)}, { method: 'PUT', body: 'put', headers: { 'x-amz-meta-by': 'page' } }),
    await tryFetch(${JSON.stringify(posted.url)}, { method: 'POST', body: data }),
  ])
  const chosen = new DataTransfer()
  chosen.items.add(new File(['grüße from a form'], 'a b.txt', { type: 'text/plain' }))
  document.getElementById('file').files = chosen.files
  document.getElementById('form').submit()
</script>`

interface Post {
  url: string
  fields: Record<string, string>
}

const secondPage = ({ get, put }: Record<'get' | 'put', string>) => `
<!doctype html>
<script type="module">
  ${tryFetches}
  await report('refused', [
    await tryFetch(${JSON.stringify(get)}),
    await tryFetch(${JSON.stringify(put)}, { method: 'PUT', body: 'refused', headers: { 'x-amz-meta-by': 'page' } }),
  ])
</script>`

test('Chromium uploads a form under a signed policy, and lets a page do what the CORS rules let its origin do', {
  skip: missing('chromium', '--version'),
  timeout: 120_000,
}, async (t) => {
  const server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  const s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  const profile = mkdtempSync(join(tmpdir(), 'strongroom-chromium-'))

  /** What the pages, and the redirection, bring to their own server. */
  const brought = new Map<string, (value: unknown) => void>()
  const broughtTo = (path: string) => new Promise<unknown>((resolve) => brought.set(path, resolve))
  const pages = new Map<string, string>()
  const site = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://site')
    const given = request.method === 'POST' ? JSON.parse(await text(request)) : Object.fromEntries(url.searchParams)
    brought.get(url.pathname)?.(given)
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(pages.get(url.pathname) ?? 'ok')
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const { port } = site.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  t.after(async () => {
    s3.destroy()
    site.closeAllConnections()
    site.close()
    await server.stop()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })

  await s3.send(new client.CreateBucketCommand({ Bucket }))
  const CORSRules: client.CORSRule[] = [
    {
      ...{ AllowedOrigins: [origin], AllowedMethods: ['GET', 'PUT', 'POST'] },
      ...{ AllowedHeaders: ['*'], ExposeHeaders: ['ETag'] },
    },
  ]
  await s3.send(new client.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
  const { ETag } = await s3.send(new client.PutObjectCommand({ Bucket, Key: 'shared', Body: 'for pages' }))
  const presigned = (method: string, key: string, headers: Record<string, string> = {}) => {
    const { host } = new URL(endpoint)
    const path = `/${Bucket}/${key}?X-Amz-Expires=300`
    const request = { service: 's3', region, host, method, path, headers, signQuery: true }
    return `http://${host}${aws4.sign(request, credentials).path}`
  }
  const get = presigned('GET', 'shared')
  const put = presigned('PUT', 'put', { 'x-amz-meta-by': 'page' })
  const postOf = (Key: string, Fields: Record<string, string>) =>
    createPresignedPost(s3 as never, {
      ...{ Bucket, Key, Fields, Expires: 300 },
      Conditions: [['content-length-range', 1, 1000]],
    })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what S3 puts the name of the file in place of.
  const form = await postOf('forms/${filename}', { success_action_redirect: `${origin}/done` })
  const posted = await postOf('forms/script.txt', { success_action_status: '201' })
  pages.set('/first', firstPage({ get, put, posted, form }))
  pages.set('/done', `<script>location = 'http://localhost:${port}/second'</script>`)
  pages.set('/second', secondPage({ get, put }))
  const outcome = Promise.all([broughtTo('/allowed'), broughtTo('/done'), broughtTo('/refused')])

  const browser = spawn('chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'],
    ...['--remote-debugging-port=0', `--user-data-dir=${profile}`, `${origin}/first`],
  ])
  const printed: string[] = []
  browser.stderr.on('data', (chunk) => printed.push(String(chunk)))
  const ended = once(browser, 'exit').then(() => assert.fail(`Chromium ended: ${printed.join('')}`))
  try {
    const [allowed, done, refused] = (await Promise.race([outcome, ended])) as [unknown[], object, unknown]
    const [fetched, stored, created] = allowed as { status: number; text: string; etag: string | null }[]
    assert.deepEqual(fetched, { status: 200, text: 'for pages', etag: ETag })
    assert.deepEqual([stored?.status, stored?.text], [200, ''])
    assert.equal(created?.status, 201)
    assert.match(created?.text ?? '', /<Key>forms\/script\.txt<\/Key>/)
    const headOf = (Key: string) => s3.send(new client.HeadObjectCommand({ Bucket, Key }))
    const uploaded = await s3.send(new client.GetObjectCommand({ Bucket, Key: 'forms/a b.txt' }))
    assert.equal(await uploaded.Body?.transformToString(), 'grüße from a form')
    assert.deepEqual(done, { bucket: Bucket, key: 'forms/a b.txt', etag: uploaded.ETag })
    assert.deepEqual((await headOf('put')).Metadata, { by: 'page' })
    assert.deepEqual(refused, ['TypeError', 'TypeError'])
    assert.equal((await headOf('put')).ContentLength, 3)
  } finally {
    browser.removeAllListeners('exit')
    const gone = once(browser, 'close')
    browser.kill('SIGKILL')
    await gone
  }
})
