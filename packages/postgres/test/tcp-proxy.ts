import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Cuts every connection as soon as the server has answered the next request that contains `text`. */
  dropReplyTo(text: string): void
  /** How many replies were lost so far. */
  dropped(): number
  /** Keeps the reply to the next request that contains `text`, once it is complete, until it is told to go on. */
  holdReplyTo(text: string): HeldReply
  /** As `holdReplyTo`, and only the end of the reply, which says what became of the transaction. */
  holdEndOfReplyTo(text: string): HeldReply
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
  let hold: Hold | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let isReplyDropped = false
    let held: (Hold & { readonly chunks: Buffer[] }) | undefined
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
        held = { ...hold, chunks: [] }
        hold = undefined
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (held !== undefined) {
        held.chunks.push(chunk)
        if (!chunk.subarray(-6, -1).equals(ready)) return
        const reply = Buffer.concat(held.chunks)
        const start = held.isEndOnly ? reply.length - 6 : 0
        client.write(reply.subarray(0, start))
        held.take(reply.subarray(start), client)
        held = undefined
      } else if (!isReplyDropped) client.write(chunk)
      // Outside of a transaction: the server has committed.
      else if (chunk.subarray(-6).equals(readyAndIdle)) {
        dropped++
        client.destroy()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  const holdReply = (text: string, isEndOnly: boolean): HeldReply => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    let release = () => {}
    hold = {
      text,
      isEndOnly,
      take: (reply, client) => {
        release = () => client.write(reply)
        resolve()
      },
    }
    return { arrived, release: () => release() }
  }
  return {
    port: address.port,
    dropReplyTo: (text) => {
      wanted = text
    },
    dropped: () => dropped,
    holdReplyTo: (text) => holdReply(text, false),
    holdEndOfReplyTo: (text) => holdReply(text, true),
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

interface Hold {
  readonly text: string
  readonly isEndOnly: boolean
  take(reply: Buffer, client: Socket): void
}

/** The message ReadyForQuery, but for the state of the transaction. */
const ready = Buffer.from([0x5a, 0, 0, 0, 5])
const readyAndIdle = Buffer.from([...ready, 0x49])
