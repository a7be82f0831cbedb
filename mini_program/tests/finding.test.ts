import { describe, expect, it } from 'vitest'
import { found } from '@/core/finding'

const named = (pairs: Record<string, string>) =>
  Object.entries(pairs).map(([value, title]) => ({ value, title }))
const EN = named({
  JPN: 'Japan',
  UKR: 'Ukraine',
  GBR: 'United Kingdom',
  USA: 'United States',
  ARE: 'United Arab Emirates',
  CIV: "Côte d'Ivoire",
  KOR: 'South Korea',
  ZAF: 'South Africa',
  DEU: 'Germany',
  HKG: 'Hong Kong, China',
  CHN: 'China',
})
const ZH = named({ SAU: '沙特阿拉伯', ARE: '阿拉伯联合酋长国', DEU: '德国', BIH: '波斯尼亚和黑塞哥维那' })
const values = (options: typeof EN, words: string) => found(options, words).map((one) => one.value)

describe('what is found by a name', () => {
  it.each([
    ['', EN.map((one) => one.value)],
    ['  ', EN.map((one) => one.value)],
    ['jap', ['JPN']],
    ['korea', ['KOR']],
    ['south', ['KOR', 'ZAF']],
    ['UK', ['GBR', 'UKR']],
    ['uae', ['ARE']],
    ['USA', ['USA']],
    ['cote', ['CIV']],
    ['côte', ['CIV']],
    ['deu', ['DEU']],
    ['china', ['CHN', 'HKG']],
    ['wakanda', []],
    ['jn', []],
  ])('%j gives %j', (words, expected) => {
    expect(values(EN, words)).toEqual(expected)
  })

  it.each([
    ['德', ['DEU']],
    ['沙特', ['SAU']],
    ['阿联酋', ['ARE']],
    ['波黑', ['BIH']],
    ['黑波', []],
    ['阿拉伯', ['ARE', 'SAU']],
  ])('Chinese: %j gives %j', (words, expected) => {
    expect(values(ZH, words)).toEqual(expected)
  })
})
