import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Cuts every connection as soon as the server has answered the next request that contains `text`. */
  dropReplyTo(text: string): void
  /** How many replies were lost so far. */
  dropped(): number
  /** Keeps the reply to the next request that contains `text`, once it is complete, until it is told to go on. */
  holdReplyTo(text: string): HeldReply
  close(): void
}

export interface HeldReply {
  /** Resolves when the server has answered. */
  readonly arrived: Promise<void>
  release(): void
}

/** A way to the database that can lose a reply after the server has committed, or delay it. */
export async function tcpProxy(target: URL): Promise<TcpProxy> {
  let wanted: string | undefined
  let dropped = 0
  let hold: { readonly text: string; take(reply: Buffer, client: Socket): void } | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let isReplyDropped = false
    let held: { readonly chunks: Buffer[]; take(reply: Buffer, client: Socket): void } | undefined
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        for (const end of [client, upstream]) end.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (wanted !== undefined && chunk.includes(wanted)) {
        wanted = undefined
        isReplyDropped = true
      }
      if (hold !== undefined && chunk.includes(hold.text)) {
        held = { chunks: [], take: hold.take }
        hold = undefined
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      // ReadyForQuery, outside of a transaction: the server has committed.
      if (held !== undefined) {
        held.chunks.push(chunk)
        if (!chunk.subarray(-6).equals(readyAndIdle)) return
        held.take(Buffer.concat(held.chunks), client)
        held = undefined
      } else if (!isReplyDropped) client.write(chunk)
      else if (chunk.subarray(-6).equals(readyAndIdle)) {
        dropped++
        client.destroy()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  return {
    port: address.port,
    dropReplyTo: (text) => {
      wanted = text
    },
    dropped: () => dropped,
    holdReplyTo: (text) => {
      const { promise: arrived, resolve } = Promise.withResolvers<void>()
      let release = () => {}
      hold = {
        text,
        take: (reply, client) => {
          release = () => client.write(reply)
          resolve()
        },
      }
      return { arrived, release: () => release() }
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const readyAndIdle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
