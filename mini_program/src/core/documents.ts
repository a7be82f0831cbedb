import type { Schemas } from '@/core/client'

export type DocumentType = NonNullable<Schemas['NewMember']['document_type']>
type Claimed = Pick<Schemas['NewMember'], 'name' | 'id_number' | 'document_type' | 'country'>

/** What a person says who they are, as it is typed. */
export interface Claim {
  document_type: DocumentType
  name: string
  id_number: string
  country: string
}

export const DOCUMENT_TYPES: DocumentType[] = [
  'resident_id',
  'hk_macao_residence_permit',
  'taiwan_residence_permit',
  'foreign_permanent_residence',
  'passport',
  'hk_macao_travel_permit',
  'taiwan_travel_permit',
]
/** Those of one's family: a newborn has no number yet. */
export const FAMILY_DOCUMENT_TYPES: DocumentType[] = [...DOCUMENT_TYPES, 'birth_certificate']

export function emptyClaim(): Claim {
  return { document_type: 'resident_id', name: '', id_number: '', country: '' }
}

/** The body of a request: without blanks around, and with a country for a passport alone. */
export function claimed(claim: Claim): Claimed {
  const { document_type, country } = claim
  const body = { document_type, name: claim.name.trim(), id_number: claim.id_number.trim() }
  const code = document_type === 'passport' ? country.trim() : ''
  return code ? { ...body, country: code } : body
}
