import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/**
 * Returns the number of the user whose program has the other end of a connection over 127.0.0.1; undefined where the system
 * does not report it: only Linux lists connections with their users.
 */
export async function peerUser({ localPort, remotePort }: Socket): Promise<number | undefined> {
  let table: string
  try {
    table = await readFile('/proc/net/tcp', 'utf8')
  } catch {
    return undefined
  }
  // Its end of the connection: from its port to ours.
  const ends = `0100007F:${hexadecimal(remotePort)} 0100007F:${hexadecimal(localPort)}`
  const row = table.split('\n').find((line) => line.includes(ends))
  const user = Number(row?.trim().split(/\s+/)[7])
  return Number.isNaN(user) ? undefined : user
}

const hexadecimal = (port = 0) => port.toString(16).toUpperCase().padStart(4, '0')
