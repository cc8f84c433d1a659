import { isUtf8 } from 'node:buffer'
import { ServiceError } from '../../core/service-error.ts'

/** AWS's error for a form that cannot be read, or whose values are not of the types of the service model. */
export const malformedInput = (message: string) => new ServiceError('MalformedInput', 400, message)

/** Parameters of a query request as sent: `Tags.member.1.Key` → `team`. */
export type Form = Map<string, string>

// More than any request of a service model has. Forms are read before their signature is verified, so that what this lets
// pass is what a stranger can make the server do.
const mostParameters = 10_000

/**
 * Reads form data, a body and a query string alike.
 * @throws ServiceError MalformedInput: bad percent-encoding, bytes that are not UTF-8, a parameter given twice (which of
 *   the two counts is nothing to guess at), more than 10,000 parameters.
 */
export function readForm(form: Form, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw malformedInput('The request is not UTF-8')
  for (const pair of pairsOf(bytes)) {
    if (pair === '') continue
    const mark = pair.indexOf('=')
    const name = decodeFormText(mark < 0 ? pair : pair.slice(0, mark))
    if (form.has(name)) throw malformedInput('A parameter is given more than once')
    form.set(name, mark < 0 ? '' : decodeFormText(pair.slice(mark + 1)))
  }
  if (form.size > mostParameters) throw tooManyParameters()
}

const plus = 0x2b
const space = 0x20

function pairsOf(bytes: Buffer): string[] {
  const text = (bytes.includes(plus) ? spaced(bytes) : bytes).toString('utf8')
  let pairs = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++pairs > mostParameters) throw tooManyParameters()
  }
  return text.split('&')
}

/** A sent `+` is a space wherever it stands. Among bytes it is exchanged without a new text for every one. */
function spaced(sent: Buffer): Buffer {
  const bytes = Buffer.from(sent)
  for (let at = bytes.indexOf(plus); at >= 0 && at < bytes.length; at++) if (bytes[at] === plus) bytes[at] = space
  return bytes
}

const tooManyParameters = () => malformedInput(`The request has too many parameters: it may have ${mostParameters}.`)

function decodeFormText(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
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
/** Several for each parameter: of a list of structures, each has two of its own. */
const mostNodes = 5 * mostParameters

/** Folds dotted names into a tree. @throws ServiceError MalformedInput when a name has too many parts, or all of them have. */
export function formTree(form: Form): FormNode {
  const root: FormNode = {}
  let nodes = 0
  for (const [name, value] of form) {
    const parts = name.split('.', maxNameParts + 1)
    if (parts.length > maxNameParts) throw malformedInput('A parameter name has too many parts')
    let node = root
    for (const part of parts) {
      node.children ??= new Map()
      let child = node.children.get(part)
      if (!child) {
        if (++nodes > mostNodes) throw tooManyParameters()
        child = {}
        node.children.set(part, child)
      }
      node = child
    }
    node.value = value
  }
  return root
}
