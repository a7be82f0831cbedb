import { describe, expect, it } from 'vitest'
import { closureSpan, dayAndTime, dayFrom, momentAt, readSpans, writeSpans } from '@/staff/hours'

describe('opening hours as staff type them', () => {
  it.each([
    ['09:00-12:00 13:30-17:00', [['09:00', '12:00'], ['13:30', '17:00']]],
    ['9:00–12:00，13:30～17:00', [['09:00', '12:00'], ['13:30', '17:00']]],
    ['９', null],
    [' 8：30至17：00 ', [['08:30', '17:00']]],
    ['', []],
    ['09:00', null],
    ['nine-five', null],
  ])('reads %s', (text, spans) => {
    expect(readSpans(text)).toEqual(spans)
  })

  it('writes what it reads', () => {
    const spans = [['09:00', '12:00'], ['13:30', '17:00']]
    expect(readSpans(writeSpans(spans))).toEqual(spans)
  })
})

describe('a moment', () => {
  it.each([
    ['2027-01-01', '', '2027-01-01'],
    ['2027-01-01', ' 9：30', '2027-01-01T09:30:00+08:00'],
    ['2027-01-01', 'nine', '2027-01-01Tnine'],
    ['', '', ''],
    ['', '13:00', 'T13:00:00+08:00'],
  ])('of %s and %s is written', (day, time, written) => {
    expect(momentAt(day, time)).toBe(written)
  })

  it.each([
    ['2026-12-31T16:00:00Z', { day: '2027-01-01', time: '' }],
    ['2027-01-01T13:05:00+08:00', { day: '2027-01-01', time: '13:05' }],
    [null, { day: '', time: '' }],
  ])('%s is taken apart', (moment, parts) => {
    expect(dayAndTime(moment)).toEqual(parts)
  })
})

describe('days', () => {
  it('go over the end of a month and of a year', () => {
    expect(dayFrom('2026-12-31', 1)).toBe('2027-01-01')
    expect(dayFrom('2026-03-01', -1)).toBe('2026-02-28')
  })
})

describe('how long a closure lasts', () => {
  const closure = { closure_id: '1', category: null, reason: '', from_time: null, to_time: null }
  it.each([
    [{ from: '2026-12-01', to: '2026-12-01' }, '12月\u20601日 周\u2060二'],
    [{ from: '2026-12-01', to: '2026-12-03' }, '12月\u20601日 周\u2060二 – 12月\u20603日 周\u2060四'],
    [{ from: '2026-12-01', to: '2026-12-01', from_time: '13:00' }, '12月\u20601日 周\u2060二 13:00'],
    [{ from: '2026-12-01', to: '2026-12-01', from_time: '13:00', to_time: '15:00' }, '12月\u20601日 周\u2060二 13:00 – 15:00'],
  ])('is written', (span, written) => {
    expect(closureSpan({ ...closure, ...span })).toBe(written)
  })
})
