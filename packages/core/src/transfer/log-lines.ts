import type { StoredEvent } from '../event/stored-event.ts'
import type { StreamMark } from '../store/maintenance-adapter.ts'
import type { ListedDocument } from '../store/transfer-adapter.ts'
import { RunningChecksum } from './running-checksum.ts'
import { type ImportFileCode, ImportFileError } from './transfer-errors.ts'

export const formatName = 'eventfold-log'
export const formatVersion = 1

/** The first line. */
export interface HeaderLine {
  readonly format: typeof formatName
  readonly formatVersion: number
  /** The event behind which this part of the log begins; null where it begins with the log. */
  readonly after: { readonly position: number; readonly id: string } | null
}

export interface EventLine {
  readonly event: Omit<StoredEvent, 'decoded'>
}

/** Behind the events. */
export interface MarkLine {
  readonly mark: StreamMark
}

export interface DocumentLine {
  readonly document: Omit<ListedDocument, 'fields'> & {
    /** Names and values. */
    readonly fields: readonly (readonly [string, string])[]
  }
}

/** The last line. */
export interface TrailerLine {
  readonly end: {
    readonly events: number
    /** Null where documents were left out. */
    readonly documents: number | null
    /** Of the last event; 0 for none. */
    readonly position: number
  }
}

export type LogLine = HeaderLine | EventLine | MarkLine | DocumentLine | TrailerLine

/** `,"checksum":"01234567"}` */
const sealLength = 23

/** Where some readers of lines, those of Node among them, end a line as well. */
const separators = /[\u2028\u2029]/g

function escapeSeparator(separator: string): string {
  return separator === '\u2028' ? '\\u2028' : '\\u2029'
}

/** Makes the lines of a file. Each ends with the checksum of everything before that, also of earlier lines. */
export class LineWriter {
  readonly #checksum = new RunningChecksum()

  write(line: LogLine): string {
    const content = JSON.stringify(line).slice(0, -1).replace(separators, escapeSeparator)
    this.#checksum.add(content)
    const seal = `,"checksum":"${this.#checksum.value}"}`
    this.#checksum.add(`${seal}\n`)
    return content + seal
  }
}

/** Reads them again. A line that was changed, left out, moved or repeated does not get through. */
export class LineReader {
  readonly #checksum = new RunningChecksum()
  #line = 0

  /** Number of the last line, from 1. */
  get line(): number {
    return this.#line
  }

  /** @throws ImportFileError */
  read(text: string): LogLine {
    this.#line++
    const content = text.slice(0, -sealLength)
    const seal = text.slice(-sealLength)
    this.#checksum.add(content)
    if (seal !== `,"checksum":"${this.#checksum.value}"}`) this.#refuseText()
    this.#checksum.add(`${seal}\n`)
    try {
      return JSON.parse(text) as LogLine
    } catch {
      return this.#refuseText()
    }
  }

  /** @throws ImportFileError */
  refuse(code: ImportFileCode, problem: string, line: number = this.#line): never {
    throw new ImportFileError(code, line, problem)
  }

  #refuseText(): never {
    return this.#line === 1
      ? this.refuse('import-foreign', 'it is not the first line of an export')
      : this.refuse(
          'import-damaged',
          'it, or a line before it, is not as it was exported. Export again, or fetch the file again, and import it',
        )
  }
}
