/** The staff's pages in groups by what a role does with them, and who sees which. */

import type { Key } from '@/core/i18n'
import type { Role } from './rights'

export type Way = { page: string; title: Key; roles?: Role[] }
export type Group = { group: 'hall' | 'cases' | 'people' | 'money' | 'city'; ways: Way[] }

const DOES: Role[] = ['clerk', 'supervisor', 'admin']
const ANSWERS: Role[] = ['supervisor', 'auditor', 'admin']

export const GROUPS: Group[] = [
  {
    group: 'hall',
    ways: [
      { page: 'board', title: 'staff.board' },
      { page: 'counter', title: 'counter.title' },
      { page: 'moves', title: 'moves.title', roles: ['supervisor', 'admin'] },
      { page: 'missed', title: 'missed.title', roles: ANSWERS },
      { page: 'timetable', title: 'timetable.title', roles: ANSWERS },
      { page: 'devices', title: 'devices.title', roles: ['supervisor', 'admin'] },
    ],
  },
  {
    group: 'cases',
    ways: [
      { page: 'cases', title: 'work.title' },
      { page: 'intake', title: 'intake.title', roles: DOES },
      { page: 'presentations', title: 'shown.title', roles: DOES },
      { page: 'decisions', title: 'decisions.title' },
      { page: 'parcels', title: 'parcels.title' },
      { page: 'alerts', title: 'alerts.title', roles: ANSWERS },
    ],
  },
  {
    group: 'people',
    ways: [
      { page: 'enquiries', title: 'enquiries.desk' },
      { page: 'people', title: 'people.title', roles: DOES },
      { page: 'mandates', title: 'witness.title', roles: DOES },
      { page: 'letters', title: 'letters.title', roles: DOES },
    ],
  },
  {
    group: 'money',
    ways: [
      { page: 'bills', title: 'desk.bills', roles: ANSWERS },
      { page: 'approvals', title: 'refunds.title', roles: ANSWERS },
      { page: 'books', title: 'books.title', roles: ANSWERS },
    ],
  },
  {
    group: 'city',
    ways: [
      { page: 'reports', title: 'reports.title', roles: ANSWERS },
      { page: 'catalogue', title: 'catalogue.title', roles: ANSWERS },
      { page: 'couriers', title: 'desk.couriers' },
      { page: 'subscribers', title: 'subscribers.title', roles: ['auditor', 'admin'] },
      { page: 'audit', title: 'audit.title', roles: ['auditor', 'admin'] },
      { page: 'accounts', title: 'desk.accounts', roles: ['admin'] },
    ],
  },
]

/** Return the groups in which somebody with these roles has a page, with those pages alone. */
export function groupsFor(roles: string[]): Group[] {
  const mine = (way: Way) => !way.roles || way.roles.some((role) => roles.includes(role))
  return GROUPS.map(({ group, ways }) => ({ group, ways: ways.filter(mine) })).filter(
    ({ ways }) => ways.length,
  )
}

/** Return the group in which a page stands; null for none. */
export function groupOf(page: string): Group['group'] | null {
  return GROUPS.find(({ ways }) => ways.some((way) => way.page === page))?.group ?? null
}
