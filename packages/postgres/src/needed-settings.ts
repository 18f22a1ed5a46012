/** A setting of a session without which the statements of the store fail, or mean something else. */
export interface NeededSetting {
  readonly name: string
  readonly value: string
  /** Whether a session may have it. */
  readonly suits: (value: string) => boolean
  /** What goes wrong otherwise. */
  readonly reason: string
}

export const neededSettings: readonly NeededSetting[] = [
  {
    name: 'default_transaction_isolation',
    value: 'read committed',
    suits: (value) => value === 'read committed',
    reason: 'the log can be read in READ COMMITTED only',
  },
  {
    name: 'array_nulls',
    value: 'on',
    suits: (value) => value === 'on',
    reason: 'NULL in an array would be read as text',
  },
  {
    name: 'extra_float_digits',
    value: '1',
    suits: (value) => Number(value) >= 0,
    reason: 'times would be cut off',
  },
]
