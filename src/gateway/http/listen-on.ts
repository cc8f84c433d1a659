import type { AddressInfo, Server } from 'node:net'

/**
 * Listens on an address; on `localhost` on both loopback addresses, with one port: clients resolve the name to either of them, and
 * one that stood free could be another program's. A machine without IPv6 has one of them alone.
 *
 * @param create - makes a server; one that cannot listen is closed.
 * @returns the servers that listen, and where the first of them does.
 * @throws Error with the `code` of the system call and the `address` that cannot be had.
 */
export async function listenOn<S extends Server>(
  create: () => S,
  { host, port }: { host: string; port: number },
): Promise<{ servers: readonly S[]; address: AddressInfo }> {
  if (host !== 'localhost') {
    const server = create()
    return { servers: [server], address: await bound(server, host, port) }
  }
  for (let attempt = 1; ; attempt++) {
    const first = create()
    const address = await bound(first, '127.0.0.1', port)
    const second = create()
    try {
      await bound(second, '::1', address.port)
      return { servers: [first, second], address }
    } catch (failure) {
      const { code } = failure as NodeJS.ErrnoException
      if (noIpv6.has(code)) return { servers: [first], address }
      await new Promise((resolve) => first.close(resolve))
      // A port that was free on one address may be taken on the other: another one is looked for where any will do.
      if (port !== 0 || code !== 'EADDRINUSE' || attempt === mostAttempts) throw failure
    }
  }
}

const mostAttempts = 20

const noIpv6 = new Set<string | undefined>(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

function bound(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // A burst of connections must not be refused while the loop is busy; the kernel caps this at its own maximum.
    server.listen({ host, port, backlog: 4096, ipv6Only: host === '::1' }, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}
