/** Opening hours as staff type them: `09:00–12:00 13:30–17:00`, and nothing for a day that is closed. */

import type { Schemas } from '@/core/client'
import { clock, day, local } from '@/core/format'

const SPAN = /^(\d{1,2}):(\d{2})[-–—~～至](\d{1,2}):(\d{2})$/
/** How many days the pages step by, in milliseconds. */
const DAY_MS = 86_400_000
const MIDNIGHT = '00:00'
const ZONE = '+08:00'

/** Read the spans of a day; null where something is none. */
export function readSpans(text: string): [string, string][] | null {
  const spans = text
    .replace(/：/g, ':')
    .split(/[\s,，、;；]+/)
    .filter(Boolean)
    .map((one) => SPAN.exec(one))
  if (spans.some((one) => one === null)) return null
  const written = (hour: string, minute: string) => `${hour.padStart(2, '0')}:${minute}`
  return spans.map((one) => [written(one![1]!, one![2]!), written(one![3]!, one![4]!)])
}

/** Write the spans of a day. */
export function writeSpans(spans: string[][]): string {
  return spans.map((one) => one.join('–')).join(' ')
}

/** Take apart a moment into its day and its time of day; midnight goes without saying. */
export function dayAndTime(moment: string | null): { day: string; time: string } {
  if (!moment) return { day: '', time: '' }
  const there = local(moment)
  return { day: there.slice(0, 10), time: clock(there) === MIDNIGHT ? '' : clock(there) }
}

/** Write the moment of a time of day as it is typed, in the hall's zone; a day alone begins it. */
export function momentAt(day: string, time: string): string {
  const [, hour = '', minute = ''] = /^(\d{1,2})[:：](\d{2})$/.exec(time.trim()) ?? []
  const written = hour ? `${hour.padStart(2, '0')}:${minute}:00${ZONE}` : time.trim()
  return written ? `${day}T${written}` : day
}

/** Return the day (YYYY-MM-DD) so many days from another. */
export function dayFrom(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Write how long a closure lasts. */
export function closureSpan(one: Schemas['ClosureView']): string {
  const begin = [day(one.from), one.from_time].filter(Boolean).join(' ')
  const end = [one.to === one.from ? '' : day(one.to), one.to_time].filter(Boolean).join(' ')
  return end ? `${begin} – ${end}` : begin
}
