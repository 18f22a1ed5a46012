/** Characters of a batch, so that a few large events do not make a large transaction. */
const mostCharacters = 4_000_000

/** What consecutive lines hold, until it is stored together. */
export class ImportBatch<Item> {
  /** Number of the line of the first item. */
  readonly firstLine: number
  readonly items: Item[] = []
  #characters = 0

  constructor(firstLine: number) {
    this.firstLine = firstLine
  }

  add(item: Item, characters: number): void {
    this.items.push(item)
    this.#characters += characters
  }

  isFull(mostItems: number): boolean {
    return this.items.length >= mostItems || this.#characters >= mostCharacters
  }

  /** Number of the line of an item; of the first where it is none of these. */
  lineOf(matches: (item: Item) => boolean): number {
    return this.firstLine + Math.max(0, this.items.findIndex(matches))
  }
}
