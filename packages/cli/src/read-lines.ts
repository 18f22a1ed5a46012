/**
 * Lines of bytes in UTF-8, without their line feeds. Nothing else ends a line: `node:readline` would cut at U+2028 as well,
 * which JSON carries as it is.
 *
 * @param onBytes hears how many have been read
 */
export async function* readLines(
  input: AsyncIterable<unknown>,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let bytes = 0
  for await (const chunk of input) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
    bytes += part.length
    onBytes(bytes)
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
