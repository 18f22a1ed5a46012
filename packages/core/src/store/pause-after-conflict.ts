/** At once after the first conflict, then longer and by chance, so that competitors fall out of step. */
export async function pauseAfterConflict(attempt: number): Promise<void> {
  if (attempt === 1) return
  const milliseconds = Math.random() * Math.min(2 ** attempt, 64)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}
