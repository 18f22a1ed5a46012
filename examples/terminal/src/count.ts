export function count(number: number) {
  return number.toLocaleString('en')
}
