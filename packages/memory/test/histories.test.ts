import { openMemory } from '@eventfold/memory'
import { checkHistories, checkPayloads, checkRaces } from '@eventfold/testing/histories'
import { test } from 'vitest'

const createStorage = () => ({ open: openMemory })

test('random histories are answered as the model answers', () => checkHistories(createStorage, { runs: 300 }))
test('random payloads come back or are refused', () => checkPayloads(createStorage, { runs: 1000 }))
test('random races keep what was acknowledged', () => checkRaces(createStorage, { runs: 30 }))
