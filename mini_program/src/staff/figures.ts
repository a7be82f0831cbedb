/** What the reports say: a few figures each, and which rows are compared with each other. */

import { money } from '@/core/format'

export type Row = Record<string, string | number | null>
export type Unit = 'count' | 'minutes' | 'hours' | 'share' | 'score' | 'money' | 'mills'
/** A figure of many rows: a sum, or an average in which each row counts as often as `by` says. */
export type Figure = { name: string; column: string; unit: Unit; by?: string }
type Report = {
  figures: Figure[]
  group: 'category' | 'service_id' | 'courier_id' | 'query' | 'text' | 'channel'
}
export type Bar = { label: string; value: number; written: string }

const PERCENT = 100
const MILLS_A_CENT = 10

/** Each report's figures, the drawn one first. */
export const REPORTS: Record<string, Report> = {
  bookings: {
    figures: [
      { name: 'taken', column: 'taken', unit: 'count' },
      { name: 'walk_ins', column: 'walk_ins', unit: 'count' },
      { name: 'full', column: 'share', unit: 'share', by: 'capacity' },
    ],
    group: 'category',
  },
  waiting: {
    figures: [
      { name: 'waiting', column: 'waiting_minutes', unit: 'minutes', by: 'served' },
      { name: 'serving', column: 'serving_minutes', unit: 'minutes', by: 'served' },
      { name: 'served', column: 'served', unit: 'count' },
    ],
    group: 'category',
  },
  'no-shows': {
    figures: [
      { name: 'no_shows', column: 'no_shows', unit: 'count' },
      { name: 'missed', column: 'share', unit: 'share', by: 'taken' },
    ],
    group: 'category',
  },
  'case-times': {
    figures: [
      { name: 'decided', column: 'decided', unit: 'count' },
      { name: 'in_promise', column: 'share_in_promise', unit: 'share', by: 'decided' },
      { name: 'took', column: 'mean_hours', unit: 'hours', by: 'decided' },
    ],
    group: 'service_id',
  },
  'once-only': {
    figures: [
      { name: 'known', column: 'share_filled', unit: 'share', by: 'asked' },
      { name: 'waived', column: 'share_waived', unit: 'share', by: 'papers' },
      { name: 'lodged', column: 'cases', unit: 'count' },
    ],
    group: 'service_id',
  },
  trips: {
    figures: [
      { name: 'trips_counted', column: 'mean_trips_counted', unit: 'score', by: 'cases' },
      { name: 'trips_promised', column: 'promised_trips', unit: 'score', by: 'cases' },
      { name: 'trips_said', column: 'mean_trips_made', unit: 'score', by: 'answers' },
    ],
    group: 'service_id',
  },
  ratings: {
    figures: [
      { name: 'score', column: 'mean_score', unit: 'score', by: 'ratings' },
      { name: 'ratings', column: 'ratings', unit: 'count' },
    ],
    group: 'service_id',
  },
  revenue: {
    figures: [
      { name: 'net', column: 'net', unit: 'money' },
      { name: 'received', column: 'received', unit: 'money' },
      { name: 'refunded', column: 'refunded', unit: 'money' },
    ],
    group: 'service_id',
  },
  messages: {
    figures: [
      { name: 'cost', column: 'cost_mills', unit: 'mills' },
      { name: 'sent', column: 'messages', unit: 'count' },
      { name: 'charged', column: 'parts', unit: 'count' },
    ],
    group: 'channel',
  },
  deliveries: {
    figures: [
      { name: 'delivered', column: 'delivered', unit: 'count' },
      { name: 'to_door', column: 'hours_to_door', unit: 'hours', by: 'delivered' },
      { name: 'failed', column: 'failed_share', unit: 'share', by: 'requested' },
    ],
    group: 'courier_id',
  },
  'search-misses': {
    figures: [{ name: 'searched', column: 'searched', unit: 'count' }],
    group: 'query',
  },
  'assistant-questions': {
    figures: [
      { name: 'asked', column: 'asked', unit: 'count' },
      { name: 'answered', column: 'answered_share', unit: 'share', by: 'asked' },
      { name: 'unhelpful', column: 'unhelpful', unit: 'count' },
    ],
    group: 'service_id',
  },
  'unanswered-questions': {
    figures: [{ name: 'questions', column: 'questions', unit: 'count' }],
    group: 'text',
  },
}

/** Return a figure of these rows; null where nothing was counted. */
export function valueOf(figure: Figure, rows: Row[]): number | null {
  const known = rows.filter((row) => typeof row[figure.column] === 'number')
  const of = (row: Row, column: string) => Number(row[column] ?? 0)
  if (!figure.by) return known.length ? total(known, (row) => of(row, figure.column)) : null
  const by = figure.by
  const weight = total(known, (row) => of(row, by))
  return weight ? total(known, (row) => of(row, figure.column) * of(row, by)) / weight : null
}

/** Write a share in whole parts of a hundred; little is not nothing. */
function percent(value: number): string {
  return value > 0 && value < 1 ? String(Math.max(value, 0.1).toFixed(1)) : String(Math.round(value))
}

/** Return the first and the last day of the month before a day's, as ISO 8601 writes them. */
export function monthBefore(today: string): { from: string; to: string } {
  const [year, month] = today.split('-').map(Number)
  const iso = (at: number) => new Date(at).toISOString().slice(0, 10)
  return { from: iso(Date.UTC(year!, month! - 2, 1)), to: iso(Date.UTC(year!, month! - 1, 0)) }
}

/** Write a figure's value with its unit. */
export function written(unit: Unit, value: number | null): string {
  if (value === null) return '–'
  if (unit === 'money') return money({ cents: value, currency: 'cny' }, '¥0')
  if (unit === 'mills') return written('money', Math.round(value / MILLS_A_CENT))
  if (unit === 'share') return `${percent(value * PERCENT)}%`
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** Return the figure by group, the largest first. */
export function barsOf(
  figure: Figure,
  rows: Row[],
  key: string,
  name: (value: string) => string,
): Bar[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const label = String(row[key] ?? '')
    groups.set(label, [...(groups.get(label) ?? []), row])
  }
  return [...groups]
    .map(([label, some]) => ({ label: name(label), value: valueOf(figure, some) }))
    .filter((one): one is { label: string; value: number } => one.value !== null)
    .map((one) => ({ ...one, written: written(figure.unit, one.value) }))
}

function total(rows: Row[], of: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0)
}
