/** A booking between the two balances that the bank states. */
export interface Link {
  readonly before: number
  readonly after: number
}

/** The bank rounds amounts and balances to 0.10, so balances that belong together differ by up to as much. */
const tolerance = 10

/** With how many neighbours, by balance, a step is compared to join two rings. */
const reach = 8

/** Whether a booking that begins at `before` can follow one that ended at `after`. */
export function isClose(after: number, before: number) {
  return Math.abs(after - before) <= tolerance
}

/**
 * The links in an order in which each begins at the balance where the one before it ended, starting from `opening`;
 * undefined if there is none. Trying every order would take n! steps; this takes about n log n.
 *
 * The chain is looked for as a ring that closes through the opening. First every step gets a next one that fits. With
 * both sides sorted by balance that is pairing them one by one. It makes one ring, or several; two of them become one
 * where a step of each can swap their next ones.
 */
export function findChain<Item extends Link>(opening: number, links: readonly Item[]) {
  const start = new Step<Item>(opening)
  const beginnings = links.toSorted((a, b) => a.before - b.before).map((link) => new Step(link.after, link))
  const ends = [start, ...beginnings].toSorted((a, b) => a.after - b.after)

  for (const successors of placeStart(start, ends, beginnings)) {
    for (const sweep of [ends, ends.toReversed()]) {
      for (const [index, step] of ends.entries()) step.restart(successors[index] ?? start)
      for (const step of ends) step.joinRing(step.next)
      while (joinRings(sweep)) {}
      const chain = follow(start)
      if (chain.length === links.length) return chain
    }
  }
  return undefined
}

class Step<Item extends Link> {
  readonly after: number
  /** Anything fits before the start: the day may end on any balance. */
  readonly before: number | undefined
  readonly link: Item | undefined
  next: Step<Item> = this
  #parent: Step<Item> = this

  constructor(after: number, link?: Item) {
    this.after = after
    this.before = link?.before
    this.link = link
  }

  fits(next: Step<Item>) {
    return next.before === undefined || isClose(this.after, next.before)
  }

  restart(next: Step<Item>) {
    this.next = next
    this.#parent = this
  }

  /** False if both were in one ring before. */
  joinRing(other: Step<Item>) {
    const [mine, others] = [this.#ring(), other.#ring()]
    mine.#parent = others
    return mine !== others
  }

  #ring(): Step<Item> {
    let step: Step<Item> = this
    while (step.#parent !== step) step = step.#parent = step.#parent.#parent
    return step
  }
}

/** The beginnings with the start among them, at every place where each of `ends` has one that fits. */
function* placeStart<Item extends Link>(
  start: Step<Item>,
  ends: readonly Step<Item>[],
  beginnings: readonly Step<Item>[],
) {
  const fits = (end: number, beginning: number) => ends[end]?.fits(beginnings[beginning] ?? start) ?? false
  let highest = 0
  while (highest < beginnings.length && fits(highest, highest)) highest++
  let lowest = beginnings.length
  while (lowest > 0 && fits(lowest, lowest - 1)) lowest--
  for (let place = lowest; place <= highest; place++) yield beginnings.toSpliced(place, 0, start)
}

/** Whether any rings became one. */
function joinRings<Item extends Link>(sweep: readonly Step<Item>[]) {
  let joined = false
  for (const [index, step] of sweep.entries()) {
    for (const other of sweep.slice(index + 1, index + 1 + reach)) {
      if (!step.fits(other.next) || !other.fits(step.next) || !step.joinRing(other)) continue
      ;[step.next, other.next] = [other.next, step.next]
      joined = true
    }
  }
  return joined
}

function follow<Item extends Link>(start: Step<Item>) {
  const chain: Item[] = []
  for (let step = start.next; step.link !== undefined; step = step.next) chain.push(step.link)
  return chain
}
