import { afterAll, expect, test } from 'vitest'
import { gauges } from '../src/gauges.ts'
import { Places } from '../src/places.ts'

const places = new Places()
afterAll(() => places.close())

const cases = gauges.flatMap((gauge) => gauge.stores.map((store) => ({ name: gauge.name, gauge, store })))

// That all events arrive is checked by the gauges themselves. What the numbers are is not for a test.
test.each(cases)('$name measures something on $store', async ({ gauge, store }) => {
  const place = await places.create(store)
  try {
    const figures = await gauge.measure(store, place, 'tiny')
    expect(figures.length).toBeGreaterThan(0)
    for (const { what, value } of figures) expect(value, what).not.toBeNaN()
  } finally {
    await place.remove()
  }
})
