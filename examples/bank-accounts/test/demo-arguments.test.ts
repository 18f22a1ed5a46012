import { UsageError } from '@eventfold/example-terminal'
import { expect, test } from 'vitest'
import { parseDemoArguments } from '../src/demo/demo-arguments.ts'

test.each([
  [['--store', 'oracle'], 'There is no store "oracle"; there are memory, sqlite, postgres.'],
  [['--stoer', 'memory'], "Unknown option '--stoer'."],
  [['a.csv', 'b.csv'], 'One statement at a time, please: a.csv b.csv'],
  [['--store', 'memory', '--database', 'x'], 'The memory store has no database'],
  [['--store', 'postgres', '--database', 'x'], '"x" is not a URL of Postgres'],
  [['--database', 'postgres://localhost/bank'], 'A URL of Postgres is not a file: add --store postgres.'],
])('the demo refuses the arguments %j', (args, message) => {
  const parsing = () => parseDemoArguments(args)
  expect(parsing).toThrow(UsageError)
  expect(parsing).toThrow(message)
})
