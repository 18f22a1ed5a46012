import { z } from 'zod'

/** Money in minor units, such as cents: 12.30 is 1230. Integers add up exactly. */
export const Money = z.int()

/** The minor units in a decimal text such as `-12.3`; undefined where it is no amount of money. No floating point. */
export function parseMoney(text: string): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = ''] = match
  const minorUnits = Number(whole + fraction.padEnd(2, '0'))
  if (!Number.isSafeInteger(minorUnits)) return undefined
  return sign === '-' && minorUnits !== 0 ? -minorUnits : minorUnits
}

/** `-123456` as `-1,234.56`. */
export function formatMoney(minorUnits: number): string {
  const digits = String(Math.abs(minorUnits)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${minorUnits < 0 ? '-' : ''}${whole}.${digits.slice(-2)}`
}
