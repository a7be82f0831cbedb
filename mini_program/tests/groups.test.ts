import './fake'
import { expect, it } from 'vitest'
import { GROUPS, groupOf, groupsFor } from '@/staff/groups'

const pagesOf = (...roles: string[]) =>
  groupsFor(roles).map(({ group, ways }) => [group, ways.map(({ page }) => page)])

it('shows a clerk the pages of a clerk, and no group without any', () => {
  expect(pagesOf('clerk')).toEqual([
    ['hall', ['board', 'counter']],
    ['cases', ['cases', 'intake', 'presentations', 'decisions', 'parcels']],
    ['people', ['enquiries', 'people', 'mandates', 'letters']],
    ['city', ['couriers']],
  ])
})

it('shows every page to an administrator, six in a group at most and each in one', () => {
  expect(groupsFor(['admin'])).toEqual(GROUPS)
  expect(Math.max(...GROUPS.map(({ ways }) => ways.length))).toBeLessThanOrEqual(6)
  const pages = GROUPS.flatMap(({ ways }) => ways.map(({ page }) => page))
  expect(new Set(pages).size).toBe(pages.length)
})

it('adds up the pages of several roles', () => {
  expect(pagesOf('clerk', 'auditor').slice(-1)).toEqual([
    ['city', ['reports', 'catalogue', 'couriers', 'subscribers', 'audit']],
  ])
})

it('knows the group of a page, and of none where there is none', () => {
  expect(groupOf('books')).toBe('money')
  expect(groupOf('login')).toBeNull()
})
