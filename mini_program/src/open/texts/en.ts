import type { zh } from './zh'

/** The English texts of what a city publishes of its work. */
export const en: Record<keyof typeof zh, string> = {
  'performance.hall': 'Hall',
  'performance.halls': 'The whole city',
  'performance.service': 'Service',
  'performance.services': 'All services',
  'performance.last': 'The last {n} months',
  'performance.nothing': 'There is nothing yet that may be told.',
  'performance.few': 'Not told',
  'performance.how': 'By month, and fixed once published. Nothing is told of fewer than five people and counts are rounded, so sums are near rather than exact.',
  'performance.share_in_time': 'Decided within the legal limit',
  'performance.ahead_of_promise': 'Decided within the promise',
  'performance.mean_days': 'Days to a decision',
  'performance.share_online': 'Lodged online',
  'performance.trips_promised': 'Trips promised',
  'performance.trips_counted': 'Trips counted',
  'performance.trips_made': 'Trips people say they made',
  'performance.satisfaction': 'Rating, from 1 to 5',
  'performance.waiting_minutes': 'Minutes waited in the hall',
  'performance.complaints_in_time': 'Complaints answered in time',
}
