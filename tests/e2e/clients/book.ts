// Books the first free time of a service with nothing but what the API's document says.
// Arguments: the API's URL, the code of a demo log-in, the hall and the service.
// Writes the appointment as one line of JSON.

import createClient from 'openapi-fetch'

import type { components, paths } from './schema.js'

type Appointment = components['schemas']['AppointmentView']

async function book(api: string, code: string, office: string, service: string): Promise<Appointment> {
  const client = createClient<paths>({ baseUrl: api })
  const login = await client.POST('/v1/login', { body: { platform: 'demo', code } })
  if (!login.data) throw new Error(login.error.code)
  const headers = { Authorization: `Bearer ${login.data.access_token}` }
  const free = await client.GET('/v1/offices/{office_id}/availability', {
    params: { path: { office_id: office }, query: { service_id: service, days: 14 } },
  })
  if (!free.data) throw new Error(`availability: ${free.response.status}`)
  const slot = free.data.days.flatMap((day) => day.slots).find((one) => one.state === 'open')
  if (!slot) throw new Error('nothing is free')
  const wanted = { office_id: office, service_id: service, slot_id: slot.slot_id }
  const params = { header: { 'Idempotency-Key': `book-${code}` } }
  const booked = await client.POST('/v1/appointments', { headers, params, body: wanted })
  if (!booked.data) throw new Error(booked.error.code)
  const again = await client.POST('/v1/appointments', { headers, params, body: wanted })
  if (again.data?.appointment_id !== booked.data.appointment_id) throw new Error('booked twice')
  const refused = await client.GET('/v1/appointments/{appointment_id}', {
    params: { path: { appointment_id: booked.data.appointment_id } },
  })
  const problem: components['schemas']['Problem'] | undefined = refused.error
  if (problem?.code !== 'unauthenticated') throw new Error('a stranger was let in')
  return booked.data
}

const [api = '', code = '', office = '', service = ''] = process.argv.slice(2)
console.log(JSON.stringify(await book(api, code, office, service)))
