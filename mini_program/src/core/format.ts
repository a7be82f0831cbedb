/** How times and money are written for people. The server's times carry the hall's own offset. */

import type { Schemas } from './client'
import { t, word, type Key } from './i18n'

type Money = { cents: number; currency: string }

/** From this share of taken seats on, people wait. */
const FULL = 0.8
/** Where no line may end (Unicode's word joiner). */
const JOINER = '\u2060'
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Write an amount, as ¥20 or ¥20.50; nothing is free, unless it is a sum. */
export function money(amount: Money, nothing = t('free')): string {
  if (!amount.cents) return nothing
  const whole = amount.cents % 100 === 0
  const sign = amount.currency === 'cny' ? '¥' : `${amount.currency.toUpperCase()} `
  return sign + (amount.cents / 100).toFixed(whole ? 0 : 2)
}

/** Write a date (YYYY-MM-DD, or a time's) with its weekday; a line ends between the two alone. */
export function day(given: string): string {
  const [, month, date] = given.slice(0, 10).split('-').map(Number)
  const written = t('date', { month: t(`month.${month}` as Key), date, weekday: weekday(given) })
  return written.replace(/[月周]/g, `$&${JOINER}`)
}

/** Write a date with its year, for what lasts long. */
export function fullDay(given: string): string {
  const [year, month, date] = given.slice(0, 10).split('-').map(Number)
  return t('fullDate', { year, month: t(`month.${month}` as Key), date })
}

/** Write the weekday of a date. */
export function weekday(given: string): string {
  return t(`weekday.${DAYS[new Date(`${given.slice(0, 10)}T00:00:00Z`).getUTCDay()]}`)
}

/** Write a date as in a calendar: its day, and the month where one begins. */
export function dayOfMonth(given: string): string {
  const [, month, date] = given.slice(0, 10).split('-').map(Number)
  return date === 1 ? t('firstOfMonth', { month: t(`month.${month}` as Key) }) : String(date)
}

/** Write the hour and minute of a time, as the hall's clock shows it. */
export function clock(given: string): string {
  return given.slice(11, 16)
}

/** Write a time to the second, as the hall's clock shows it, rounded up: never too early. */
export function clockToSecond(given: string): string {
  return local(new Date(Math.ceil(Date.parse(given) / 1000) * 1000).toISOString()).slice(11, 19)
}

/** Put a time into the hall's zone (+08:00), whatever offset it came with. */
export function local(given: string): string {
  return new Date(Date.parse(given) + 8 * 3600 * 1000).toISOString()
}

/** Write a time with its day, as the hall's clock shows it. */
export function moment(given: string): string {
  const there = local(given)
  return `${day(there)} ${clock(there)}`
}

/** Write a span of one day. */
export function span(start: string, end: string): string {
  return `${day(start)} ${clock(start)}–${clock(end)}`
}

/** Write a distance. */
export function distance(metres: number): string {
  return metres < 1000
    ? t('metres', { n: metres })
    : t('kilometres', { n: (metres / 1000).toFixed(1) })
}

/** Write how full a hall is today. */
export function load(office: Schemas['OfficeView']): string {
  if (office.today.state === 'closed') return t('hall.closed')
  return (office.today.load ?? 0) >= FULL ? t('hall.busy') : t('hall.calm')
}

/** Write how many times one must come. */
export function trips(count: number): string {
  const key: Key = count === 0 ? 'trips.none' : count === 1 ? 'trips.one' : 'trips.many'
  return t(key, { n: count })
}

/** Write for whom of the family something is; nothing for oneself. */
export function forWhom(one: { for_name?: string | null }): string {
  return one.for_name ? t('forWhom', { name: one.for_name }) : ''
}

/** Write who did something for the reader by a mandate; nothing for what they did themselves. */
export function byWhom(one: { by_name?: string | null }): string {
  return one.by_name ? t('byWhom', { name: one.by_name }) : ''
}

/** Write who acts for another, as staff read it; nothing for what one does for oneself. */
export function actedBy(one: { acted_by: Schemas['ActedBy'] | null }): string {
  if (!one.acted_by) return ''
  return [word('actedBy', one.acted_by.kind), one.acted_by.name].filter(Boolean).join(' ')
}

/** Write how people rated something: the mean and how many they were. */
export function rated(rating: { average: number | null; count: number }): string {
  return t('rated', { mean: (rating.average ?? 0).toFixed(1), n: rating.count })
}
