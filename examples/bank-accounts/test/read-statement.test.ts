import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readStatement } from '../src/read-statement.ts'
import { collect } from './bookings.ts'
import { temporaryFolder } from './temporary-folder.ts'

const header = '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol"'
const row = '7;42;240131;"PRIJEM";"VKLAD";700.00;-12.30;""'

async function read(...lines: readonly string[]) {
  const path = join(await temporaryFolder(), 'statement.csv')
  await writeFile(path, lines.join('\r\n'))
  return collect(readStatement(path))
}

test('a row becomes a booking in minor units, with an ISO date', async () => {
  expect(await read(header, row)).toEqual([
    {
      line: 2,
      reference: '7',
      account: '42',
      bookedOn: '2024-01-31',
      kind: 'credit',
      amount: 70_000,
      bankBalance: -1_230,
    },
  ])
})

test('PRIJEM is a credit, VYDAJ and VYBER are debits', async () => {
  const rows = ['PRIJEM', 'VYDAJ', 'VYBER'].map((type, index) => `${index};42;240131;"${type}";"";1;1;""`)
  expect((await read(header, ...rows)).map(({ kind }) => kind)).toEqual(['credit', 'debit', 'debit'])
})

test('years are those from 1970 to 2069', async () => {
  const bookings = await read(header, '1;42;700101;PRIJEM;;1;1;', '2;42;691231;PRIJEM;;1;1;')
  expect(bookings.map(({ bookedOn }) => bookedOn)).toEqual(['1970-01-01', '2069-12-31'])
})

test('columns may stand in any order, among others, and lines may be empty', async () => {
  const [booking] = await read(
    'balance;x;date;amount;account_id;type;trans_id',
    '',
    '5;?;240131;6;42;VYDAJ;7',
    '',
  )
  expect(booking).toMatchObject({ line: 3, reference: '7', amount: 600, bankBalance: 500, kind: 'debit' })
})

test.each([
  ['unknown-type', '7;42;240131;"VKLAD";"";1;1;""', 'VKLAD'],
  ['unknown-type', '7;42;240131;"toString";"";1;1;""', 'toString'],
  ['bad-amount', '7;42;240131;PRIJEM;"";1,50;1;""', '1,50'],
  ['bad-amount', '7;42;240131;PRIJEM;"";-1.50;1;""', '-1.50'],
  ['bad-amount', '7;42;240131;PRIJEM;"";0.00;1;""', '0.00'],
  ['bad-amount', '7;42;240131;PRIJEM;"";1;1.005;""', '1.005'],
  ['bad-date', '7;42;240230;PRIJEM;"";1;1;""', '240230'],
  ['bad-date', '7;42;2024-01-31;PRIJEM;"";1;1;""', '2024-01-31'],
  ['missing-value', ';42;240131;PRIJEM;"";1;1;""', 'trans_id'],
  ['missing-value', '7;;240131;PRIJEM;"";1;1;""', 'account_id'],
  ['duplicate-reference', row.replace('7', '6'), '6'],
  ['dates-not-in-order', '7;42;240130;PRIJEM;"";1;1;""', '240130'],
])('%s: %s', async (code, badRow, value) => {
  const reading = read(header, row.replace('7', '6'), badRow)
  await expect(reading).rejects.toMatchObject({ name: 'StatementError', code, line: 3, value })
})

test('a message names the line and the value', async () => {
  await expect(read(header, row, row)).rejects.toThrow(
    'Line 3 of the statement: the booking reference "7" stands on line 2 already.',
  )
})

test.each([
  ['a column is missing', ['trans_id;account_id;date;type;balance', '7;42;240131;PRIJEM;1'], 'amount'],
  ['the file is empty', [], 'trans_id'],
])('missing-column: %s', async (_, lines, value) => {
  await expect(read(...lines)).rejects.toMatchObject({ code: 'missing-column', line: 1, value })
})

test.each([
  ['too few columns', '7;42;240131'],
  ['a quote that is not closed', '7;42;240131;"PRIJEM;"";1;1;'],
])('malformed-csv: %s', async (_, badRow) => {
  await expect(read(header, badRow)).rejects.toMatchObject({ code: 'malformed-csv', line: 2 })
})

test('a file that is not there is an error of the file system', async () => {
  const path = join(await temporaryFolder(), 'none.csv')
  await expect(collect(readStatement(path))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('who stops reading leaves nothing open', async () => {
  const path = join(await temporaryFolder(), 'statement.csv')
  await writeFile(path, `${header}\n${row}\n`)
  for await (const { reference } of readStatement(path)) {
    expect(reference).toBe('7')
    break
  }
})
