import { BlockList, isIP, isIPv4 } from 'node:net'
import type { WireRequest, WireResponse } from './wire.ts'

/**
 * Refuses requests that a foreign web page makes. Development credentials are public: any page could sign with them from the
 * browser of the user who runs the server.
 * @returns the refusal; undefined for pages of this machine, and for clients that are not browsers.
 */
export function refusalOfPage({ headers }: WireRequest): WireResponse | undefined {
  const { origin, host = '' } = headers
  if (typeof origin === 'string' && origin !== '')
    return isOwnOrigin(origin) ? undefined : refusal(`the page ${origin}`)
  // A browser names no origin when it loads an image or follows a link, but says whether another site asked it to.
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') return refusal('pages of other sites')
  // Nor does it name one where a page's own name was made to lead to this machine.
  return isAnyonesName(hostnameOf(String(host))) ? refusal(`the name ${host}`) : undefined
}

function isOwnOrigin(origin: string): boolean {
  const hostname = URL.canParse(origin) ? new URL(origin).hostname : ''
  return isIP(bare(hostname)) ? isLoopback(bare(hostname)) : ownNames.test(hostname)
}

// Reserved by RFC 6761: they cannot be registered.
const ownNames = /^(.*\.)?(localhost|test)$/i

/** Returns true for names that can be registered on the internet, and so can lead to any address. */
const isAnyonesName = (hostname: string): boolean =>
  isIP(bare(hostname)) === 0 && hostname.includes('.') && !ownNames.test(hostname) && !namesOfOthers.test(hostname)

// Names of the local network (RFC 6762, and ICANN's for private use), and AWS's, which clients that were redirected still send.
const namesOfOthers = /\.(local|internal|amazonaws\.com(\.cn)?|api\.aws)$/i

/** Without the port. */
const hostnameOf = (host: string) => host.replace(/:\d*$/, '')

/** An IPv6 address without its brackets. */
const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const isLoopback = (address: string) => loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

const refusal = (whom: string): WireResponse => ({
  status: 403,
  headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'AccessDeniedException' },
  body: JSON.stringify({
    __type: 'AccessDeniedException',
    message:
      `A development server does not answer ${whom.slice(0, 200)}: its credentials are public. It answers pages ` +
      'of localhost, and clients that reach it by an address or a local name.',
  }),
})
