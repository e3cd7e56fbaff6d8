/** State that can be taken back: what a failed transaction changed is undone, entry by entry, instead of copying the state before each. */

/** Remembers what tables held before, since the last {@link Journal.keep}. */
export class Journal {
  readonly #undo: { table: Map<string, unknown>; key: string; before: unknown }[] = []

  /** A point to go back to. */
  mark(): number {
    return this.#undo.length
  }

  /** Undoes all changes since `mark`. */
  revert(mark: number): void {
    while (this.#undo.length > mark) {
      const { table, key, before } = this.#undo.pop()!
      if (before === undefined) table.delete(key)
      else table.set(key, before)
    }
  }

  /** Makes all changes so far final. */
  keep(): void {
    this.#undo.length = 0
  }

  note(table: Map<string, unknown>, key: string, before: unknown): void {
    this.#undo.push({ table, key, before })
  }
}

/** A map under a journal. Its values are never changed in place, only replaced; none is `undefined`. */
export class Table<Value> {
  readonly #journal: Journal
  readonly #entries: Map<string, Value>

  constructor(journal: Journal, entries: Iterable<[string, Value]> = []) {
    this.#journal = journal
    this.#entries = new Map(entries)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: Value): void {
    this.#journal.note(this.#entries, key, this.#entries.get(key))
    this.#entries.set(key, value)
  }

  delete(key: string): void {
    if (!this.#entries.has(key)) return
    this.#journal.note(this.#entries, key, this.#entries.get(key))
    this.#entries.delete(key)
  }

  /** All entries, as plain data, in the order of their making. */
  entries(): [string, Value][] {
    return [...this.#entries]
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }
}
