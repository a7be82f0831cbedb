import './fake'
import { beforeEach, expect, it } from 'vitest'
import {
  clock,
  clockToSecond,
  day,
  dayOfMonth,
  distance,
  forWhom,
  fullDay,
  moment,
  money,
  span,
  trips,
} from '@/core/format'
import { lang } from '@/core/i18n'

beforeEach(() => {
  lang.value = 'zh-CN'
})

it('writes times as the hall has them, wherever the phone is', () => {
  expect(day('2026-12-01T09:00:00+08:00')).toBe('12月\u20601日 周\u2060二')
  expect(fullDay('2027-01-05')).toBe('2027年1月5日')
  expect(['2026-12-01', '2026-12-02'].map(dayOfMonth)).toEqual(['12/1', '2'])
  expect(clock('2026-12-01T09:05:00+08:00')).toBe('09:05')
  expect(moment('2026-11-30T17:30:00Z')).toBe('12月\u20601日 周\u2060二 01:30')
  expect(span('2026-12-01T09:00:00+08:00', '2026-12-01T09:15:00+08:00')).toBe(
    '12月\u20601日 周\u2060二 09:00–09:15',
  )
})

it('never tells a moment that is too early', () => {
  expect(clockToSecond('2026-12-01T09:01:03.001+08:00')).toBe('09:01:04')
  expect(clockToSecond('2026-12-01T01:01:03.000Z')).toBe('09:01:03')
  expect(clockToSecond('2026-12-01T09:59:59.999+08:00')).toBe('10:00:00')
})

it('writes money, trips and ways', () => {
  expect(money({ cents: 2000, currency: 'cny' })).toBe('¥20')
  expect(money({ cents: 2050, currency: 'cny' })).toBe('¥20.50')
  expect(money({ cents: 0, currency: 'cny' })).toBe('免费')
  expect([0, 1, 3].map(trips)).toEqual(['不用跑', '跑一次', '跑 3 次'])
  expect([distance(940), distance(5452)]).toEqual(['940 米', '5.5 公里'])
})

it('says for whom something is by the whole name', () => {
  expect(forWhom({ for_name: '张小宝' })).toBe('为 张小宝 办理')
  expect([forWhom({ for_name: null }), forWhom({})]).toEqual(['', ''])
  lang.value = 'en'
  expect(forWhom({ for_name: '张小宝' })).toBe('For 张小宝')
})

it('speaks English too', () => {
  lang.value = 'en'
  expect(day('2026-12-01')).toBe('Tue 1 Dec')
  expect(fullDay('2027-01-05')).toBe('5 Jan 2027')
  expect(money({ cents: 0, currency: 'cny' })).toBe('Free')
})
