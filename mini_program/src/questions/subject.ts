/** What an enquiry is about, by the name that a person knows it by. */

import { loadCatalogue, officeName, serviceName } from '@/core/catalogue'
import { call, Problem, type Schemas } from '@/core/client'
import { span } from '@/core/format'
import { word } from '@/core/i18n'

type Subject = Schemas['EnquirySubject']

/** Return the name of a thing; of what cannot be read, as somebody else's, its kind alone. */
export async function nameOfSubject({ type, id }: Subject): Promise<string> {
  await loadCatalogue()
  if (type === 'service') return serviceName(id)
  if (type === 'office') return officeName(id)
  try {
    return await nameOfMatter(type, id)
  } catch (error) {
    if (error instanceof Problem && error.status) return word('about', type)
    throw error
  }
}

async function nameOfMatter(type: Subject['type'], id: string): Promise<string> {
  if (type === 'appointment') {
    const visit = await call('get', '/v1/appointments/{appointment_id}', { path: { appointment_id: id } })
    return `${serviceName(visit.service_id)} ${span(visit.start, visit.end)}`
  }
  if (type === 'delivery') {
    const { case_id } = await call('get', '/v1/deliveries/{delivery_id}', { path: { delivery_id: id } })
    return `${word('about', type)} ${await nameOfMatter('case', case_id)}`
  }
  const one = await call('get', '/v1/cases/{case_id}', { path: { case_id: id } })
  return `${serviceName(one.service_id)} ${one.receipt_number}`
}
