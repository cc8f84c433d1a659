import { isUtf8 } from 'node:buffer'
import { ServiceError } from '../../core/service-error.ts'

/** What AWS answers to a form that cannot be read, or whose values are not of the types of the service model. */
export const malformedInput = (message: string) => new ServiceError('MalformedInput', 400, message)

/** Parameters of a query request as sent: `Tags.member.1.Key` → `team`. */
export type Form = Map<string, string>

/**
 * Reads form data, a body and a query string alike.
 * @throws ServiceError MalformedInput: bad percent-encoding, bytes that are not UTF-8, a parameter given twice (which of
 *   the two counts is nothing to guess at).
 */
export function readForm(form: Form, text: string): void {
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const mark = pair.indexOf('=')
    const name = decodeFormText(mark < 0 ? pair : pair.slice(0, mark))
    if (form.has(name)) throw malformedInput('A parameter is given more than once')
    form.set(name, mark < 0 ? '' : decodeFormText(pair.slice(mark + 1)))
  }
}

/** @throws ServiceError MalformedInput when the bytes are not UTF-8. */
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw malformedInput('The request is not UTF-8')
  return body.toString('utf8')
}

function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    throw malformedInput('The request has a percent-encoding that is not valid')
  }
}

/** Parameters by the parts of their names. A node may have a value, children, or both. */
export interface FormNode {
  value?: string
  children?: Map<string, FormNode>
}

// Deeper than any service model; without a bound a name of dots alone would cost a node for each.
const maxNameParts = 32

/** Folds dotted names into a tree. @throws ServiceError MalformedInput when a name has too many parts. */
export function formTree(form: Form): FormNode {
  const root: FormNode = {}
  for (const [name, value] of form) {
    const parts = name.split('.', maxNameParts + 1)
    if (parts.length > maxNameParts) throw malformedInput('A parameter name has too many parts')
    let node = root
    for (const part of parts) node = childOf(node, part)
    node.value = value
  }
  return root
}

function childOf(node: FormNode, part: string): FormNode {
  node.children ??= new Map()
  let child = node.children.get(part)
  if (!child) {
    child = {}
    node.children.set(part, child)
  }
  return child
}
