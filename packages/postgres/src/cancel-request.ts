import { Connection, type PoolClient } from 'pg'

/** How long the request may take, in milliseconds. */
const patience = 5_000

/**
 * After which it is sent again, in milliseconds: a request that overtakes the statement ends nothing, and one for a
 * connection that has ended is ignored.
 */
const repetitions = [100, 1_000]

/** What the types of pg leave out. */
interface RunningClient {
  readonly processID?: number | null
  readonly secretKey?: number | null
  readonly sslNegotiation?: string
}

interface RequestConnection {
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
}

/**
 * Asks the server to end what it is doing for a client. The request has a connection of its own, which needs no place
 * in the pool and no password, and fails silently: then the statement runs until its time-out.
 *
 * @param stream how the pool makes its sockets, where it has a way of its own
 */
export function cancelRequest(client: PoolClient, stream: unknown): void {
  const { processID, secretKey, sslNegotiation } = client as RunningClient
  // Native bindings do not tell.
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return
  const { host, port, ssl } = client
  const config = { ssl, sslNegotiation, ...(typeof stream === 'function' && { stream }) }
  const send = () => sendCancel({ host, port, config, processID, secretKey })
  send()
  for (const pause of repetitions) setTimeout(send, pause).unref()
}

interface CancelTarget {
  readonly host: string | undefined
  readonly port: number
  readonly config: { readonly ssl: unknown; readonly sslNegotiation: string | undefined }
  readonly processID: number
  readonly secretKey: number
}

function sendCancel({ host, port, config, processID, secretKey }: CancelTarget): void {
  const { ssl, sslNegotiation } = config
  const connection = new Connection(config as object)
  const request = connection as unknown as RequestConnection
  const timer = setTimeout(() => connection.stream.destroy(), patience)
  connection.on('connect', () => {
    if (!ssl) request.cancel(processID, secretKey)
    else if (sslNegotiation !== 'direct') request.requestSsl()
  })
  connection.on('sslconnect', () => request.cancel(processID, secretKey))
  connection.on('error', () => connection.stream.destroy())
  connection.on('end', () => clearTimeout(timer))
  if (host?.startsWith('/')) request.connect(`${host}/.s.PGSQL.${port}`)
  else request.connect(port, host)
}
