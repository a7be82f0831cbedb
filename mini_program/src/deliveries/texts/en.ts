import type { zh } from './zh'

/** The English texts of parcels and addresses. */
export const en: Record<keyof typeof zh, string> = {
  'addresses.where':
    'Addresses stay on this phone; a courier sees one only when there is something to bring.',
  'addresses.new': 'New address',
  'addresses.name': 'Name',
  'addresses.phone': 'Mobile number',
  'addresses.phoneWrong': 'Please give a mobile number, or one with its area code',
  'addresses.sure': 'Remove this address? {where}',
  'addresses.stay': 'Keep address',
  'addresses.needed': 'Please fill this in',
  'addresses.district': 'District',
  'addresses.detail': 'Street, house and flat',
  'delivery.where': 'Where to',
  'delivery.noAddress': 'There is no address yet; please add one first.',
  'delivery.ask': 'Send it to me',
  'delivery.move': 'Change the address',
  'delivery.cancel': 'Cancel delivery',
  'delivery.waiting': 'Goes out when the result is ready',
  'delivery.proof': 'Code for the courier only',
  'delivery.proofAtPickup': 'Code for the courier who fetches your originals, and nobody else',
  'delivery.from': 'Where to fetch it',
  'delivery.unmoved': 'Keep the address',
  'delivery.sure': 'No courier will come then. Cancel?',
  'delivery.stay': 'Do not cancel',
  'addresses.added': 'Saved: {where}',
  'delivery.again': 'Order a courier again',
  'delivery.fetch': 'Have it fetched',
}
