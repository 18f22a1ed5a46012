import { eventBytes } from './deposit.ts'
import type { GaugeResult, Result } from './result.ts'
import { median } from './statistics.ts'

/** The whole report as Markdown. */
export function formatReport(
  results: readonly Result[],
  gauges: readonly GaugeResult[],
  configuration: Readonly<Record<string, string>>,
): string {
  return [
    ...(results.length === 0 ? [] : [formatComparisons(results), formatSpeeds(results)]),
    ...(gauges.length === 0 ? [] : [formatNumbers(gauges)]),
    '## Configuration',
    formatSettings({ ...configuration, 'event size': `${eventBytes} bytes of data as JSON` }),
    formatDatabaseSettings(results),
  ].join('\n\n')
}

/** One line for each ratio. */
export function formatComparisons(results: readonly Result[]): string {
  const lines = results.flatMap(({ store, workload, comparisons }) =>
    comparisons.map((one) => [
      store,
      workload.name,
      one.subject,
      one.base,
      `${formatRatio(one.ratio.median)} (${formatRatio(one.ratio.lowerQuartile)}–${formatRatio(one.ratio.upperQuartile)})`,
      one.atLeast === undefined ? '' : `>= ${one.atLeast}`,
      formatVerdict(one.met),
    ]),
  )
  return formatTable(['store', 'workload', 'measured', 'against', 'ratio (quartiles)', 'bar', ''], lines)
}

function formatVerdict(met: boolean | undefined): string {
  if (met === undefined) return ''
  return met ? 'met' : 'NOT met'
}

function formatSpeeds(results: readonly Result[]): string {
  const lines = results.flatMap(({ store, workload, counts, measured, speed }) =>
    measured.map(({ label, speeds, storedEvents }) => [
      store,
      workload.name,
      label,
      `${formatNumber(median(speeds))} ${workload.unit}/s`,
      `${speeds.length} x ${counts.callsPerRound}`,
      formatNumber(storedEvents),
      ...(speed?.label === label
        ? [`>= ${formatNumber(speed.atLeast)}`, formatVerdict(speed.met)]
        : ['', '']),
    ]),
  )
  const does = new Map(results.map(({ workload }) => [workload.name, workload.does]))
  return [
    '## Speeds (medians over the rounds)',
    formatTable(
      ['store', 'workload', 'contender', 'speed', 'rounds x calls', 'events in the end', 'bar', ''],
      lines,
    ),
    [...does].map(([name, what]) => `- ${name}: ${what}`).join('\n'),
  ].join('\n\n')
}

function formatNumbers(gauges: readonly GaugeResult[]): string {
  const does = new Map(gauges.map(({ gauge }) => [gauge.name, gauge.does]))
  return [
    '## Numbers of Eventfold itself',
    formatFigures(gauges),
    [...does].map(([name, what]) => `- ${name}: ${what}`).join('\n'),
  ].join('\n\n')
}

/** One line for each number. */
export function formatFigures(gauges: readonly GaugeResult[]): string {
  const lines = gauges.flatMap(({ store, gauge, figures }) =>
    figures.map(({ what, value, unit, atMost, met }) => [
      store,
      gauge.name,
      what,
      `${value >= 100 ? formatNumber(value) : value.toFixed(2)} ${unit}`,
      atMost === undefined ? '' : `<= ${atMost}`,
      formatVerdict(met),
    ]),
  )
  return formatTable(['store', 'measured', 'what', 'value', 'bar', ''], lines)
}

/** What each database said of itself, once for contenders that agree. */
function formatDatabaseSettings(results: readonly Result[]): string {
  const bySettings = new Map<string, Set<string>>()
  for (const { store, measured } of results) {
    for (const { label, settings } of measured) {
      if (Object.keys(settings).length === 0) continue
      const text = formatSettings(settings)
      const who = bySettings.get(text) ?? new Set()
      bySettings.set(text, who.add(`${label.replace(/, (small|large)$/, '')} (${store})`))
    }
  }
  return [...bySettings]
    .map(([text, who]) => `Read back by ${[...who].join(' and ')}:\n\n${text}`)
    .join('\n\n')
}

function formatSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n')
}

function formatTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? '').length)),
  )
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [format(head), format(widths.map((width) => '-'.repeat(width))), ...lines.map(format)].join('\n')
}

function formatRatio(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)
}

function formatNumber(number: number): string {
  return Math.round(number).toLocaleString('en')
}
