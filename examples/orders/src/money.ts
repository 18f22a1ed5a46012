import { z } from 'zod'

/** Money in minor units, such as cents: 12.30 is 1230. Integers add up exactly. */
export const Money = z.int()

const twoPlaces = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** `123456` as `1,234.56`. */
export function formatMoney(minorUnits: number) {
  return twoPlaces.format(minorUnits / 100)
}
