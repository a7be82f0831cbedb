/** What the city's departments are called, once a page speaks of one. */

import { ref } from 'vue'
import { call } from '@/core/client'
import { t } from '@/core/i18n'

export const departments = ref<{ value: string; title: string }[]>([])

/** Read the names in the language of now. */
export async function nameDepartments(): Promise<void> {
  const { items } = await call('get', '/v1/departments')
  departments.value = items.map((one) => ({ value: one.department_id, title: one.name }))
}

/** Name departments in a row; one without a name is called by its id. */
export function departmentNames(ids: string[]): string {
  const title = (id: string) => departments.value.find((one) => one.value === id)?.title ?? id
  return ids.map(title).join(t('comma'))
}
