import type { FeedPage } from '../subscription/log-feed.ts'

/** Enough for all that awaits each other between a call and its result. */
const microtasks = 50

/** Reads the next page of a feed while the one before is being processed: at most two are held in memory. */
export class PagePrefetch {
  readonly #pages: AsyncGenerator<FeedPage, void, undefined>
  readonly #onArrival: () => void
  #arrived: { readonly page: FeedPage } | { readonly error: unknown } | undefined

  constructor(pages: AsyncGenerator<FeedPage, void, undefined>, onArrival: () => void) {
    this.#pages = pages
    this.#onArrival = onArrival
    this.#read()
  }

  /** The page that has arrived, if one has; the next one is on its way then. @throws what reading has thrown */
  take(): FeedPage | undefined {
    const arrived = this.#arrived
    if (arrived === undefined) return undefined
    if ('error' in arrived) throw arrived.error
    this.#arrived = undefined
    this.#read()
    return arrived.page
  }

  /**
   * Whether a page is there, or comes before the event loop turns, as from a store in the same thread. To find that out
   * costs less than a timer.
   */
  async isNear(): Promise<boolean> {
    for (let tick = 0; tick < microtasks && this.#arrived === undefined; tick++) await undefined
    return this.#arrived !== undefined
  }

  /** Waits for the end of the feed, which was told to end. */
  async close(): Promise<void> {
    await this.#pages.return().catch(() => {})
  }

  #read(): void {
    this.#pages.next().then(
      ({ value }) => {
        if (!value) return
        this.#arrived = { page: value }
        this.#onArrival()
      },
      (error: unknown) => {
        this.#arrived = { error }
        this.#onArrival()
      },
    )
  }
}
