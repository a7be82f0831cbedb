import './fake'
import { expect, it } from 'vitest'
import { claimed, DOCUMENT_TYPES, emptyClaim, FAMILY_DOCUMENT_TYPES } from '@/core/documents'
import { word } from '@/core/i18n'

it('sends what was typed without blanks around', () => {
  const typed = { ...emptyClaim(), name: ' 张三 ', id_number: ' 330203 ' }
  expect(claimed(typed)).toEqual({ document_type: 'resident_id', name: '张三', id_number: '330203' })
})

it('names a country for a passport alone', () => {
  for (const document_type of DOCUMENT_TYPES) {
    const body = claimed({ document_type, name: 'A', id_number: '1', country: ' deu ' })
    expect(body.country).toBe(document_type === 'passport' ? 'deu' : undefined)
    expect(claimed({ ...emptyClaim(), document_type })).not.toHaveProperty('country')
  }
})

it('has a word for every document', () => {
  for (const one of FAMILY_DOCUMENT_TYPES) expect(word('document', one)).not.toContain('document.')
})
