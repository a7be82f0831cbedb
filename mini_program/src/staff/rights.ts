/** What a member of staff may, and where, as the forms hold it. */

import type { Schemas } from '@/core/client'

export type Role = Schemas['NewStaff']['roles'][number]
export type Rights = {
  roles: Role[]
  where: 'halls' | 'division'
  office_ids: string[]
  division_prefix: string
  department_ids: string[]
}
type Given = { roles: string[]; office_ids: string[]; division_prefix: string | null; department_ids: string[] }

export const ROLES: Role[] = ['clerk', 'supervisor', 'auditor', 'admin']

/** Return the rights of an account as a form holds them. */
export function rightsOf(given: Given): Rights {
  return {
    roles: ROLES.filter((role) => given.roles.includes(role)),
    where: given.division_prefix === null ? 'halls' : 'division',
    office_ids: given.office_ids,
    division_prefix: given.division_prefix ?? '',
    department_ids: given.department_ids,
  }
}

/** Return the fields of a request: halls or a division, never both. */
export function fieldsOf(rights: Rights) {
  const listed = rights.where === 'halls'
  return {
    roles: rights.roles,
    office_ids: listed ? rights.office_ids : null,
    division_prefix: listed ? null : rights.division_prefix.trim(),
    department_ids: rights.department_ids,
  }
}

/** Tell whether a form is filled in. */
export function complete(rights: Rights): boolean {
  return rights.roles.length > 0 && (rights.where === 'division' || rights.office_ids.length > 0)
}
