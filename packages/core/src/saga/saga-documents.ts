import type { Codec } from '../event/codec.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, DocumentReference, DocumentWrite } from '../store/document-adapter.ts'
import { hasEnded, type SagaRecord, type SagaStatus } from './saga-record.ts'

/** Where the instances of a saga lie. */
export class SagaDocuments<Transaction> {
  readonly adapter: DocumentAdapter<Transaction>
  readonly collection: string
  readonly #codec: Codec

  constructor(adapter: DocumentAdapter<Transaction>, saga: string, codec: Codec) {
    this.adapter = adapter
    this.collection = `eventfold:sagas/${saga}`
    this.#codec = codec
  }

  reference(key: string): DocumentReference {
    return { collection: this.collection, key }
  }

  async read(
    keys: readonly string[],
    transaction?: Transaction,
  ): Promise<readonly (SagaRecord | undefined)[]> {
    const texts = await this.adapter.read(
      keys.map((key) => this.reference(key)),
      { transaction },
    )
    return texts.map((text) => (text === undefined ? undefined : this.decode(text)))
  }

  write(key: string, record: SagaRecord): DocumentWrite {
    const { status, updatedAt } = record
    return {
      ...this.reference(key),
      data: this.#codec.encode(record, ''),
      fields: [
        { field: 'status', value: statusText(status) },
        { field: 'updatedAt', value: toFieldText(updatedAt, 'updatedAt') },
        ...(hasEnded(record) ? [{ field: 'endedAt', value: toFieldText(updatedAt, 'endedAt') }] : []),
      ],
    }
  }

  decode(text: string): SagaRecord {
    return this.#codec.decode(text) as SagaRecord
  }
}

/** The value that instances of a status are found by. */
export function statusText(status: SagaStatus): string {
  return toFieldText(status, 'status')
}
