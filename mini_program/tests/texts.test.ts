/** Every text comes from the two tables, and every text of the tables is said somewhere. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en as everyones } from '@/core/texts/en'
import { zh as everyonesInChinese } from '@/core/texts/zh'
import { en as bills } from '@/bills/texts/en'
import { zh as billsInChinese } from '@/bills/texts/zh'
import { en as deliveries } from '@/deliveries/texts/en'
import { zh as deliveriesInChinese } from '@/deliveries/texts/zh'
import { en as draws } from '@/draws/texts/en'
import { zh as drawsInChinese } from '@/draws/texts/zh'
import { en as halls } from '@/hall/texts/en'
import { zh as hallsInChinese } from '@/hall/texts/zh'
import { en as published } from '@/open/texts/en'
import { zh as publishedInChinese } from '@/open/texts/zh'
import { en as questions } from '@/questions/texts/en'
import { zh as questionsInChinese } from '@/questions/texts/zh'
import { en as rights } from '@/rights/texts/en'
import { zh as rightsInChinese } from '@/rights/texts/zh'
import { en as staffs } from '@/staff/texts/en'
import { zh as staffsInChinese } from '@/staff/texts/zh'

const packages = {
  bills: { en: bills, zh: billsInChinese },
  deliveries: { en: deliveries, zh: deliveriesInChinese },
  draws: { en: draws, zh: drawsInChinese },
  hall: { en: halls, zh: hallsInChinese },
  open: { en: published, zh: publishedInChinese },
  questions: { en: questions, zh: questionsInChinese },
  rights: { en: rights, zh: rightsInChinese },
  staff: { en: staffs, zh: staffsInChinese },
}
const zh: Record<string, string> = Object.assign(
  {},
  everyonesInChinese,
  ...Object.values(packages).map((one) => one.zh),
)
const en: Record<string, string> = Object.assign(
  {},
  everyones,
  ...Object.values(packages).map((one) => one.en),
)
const SOURCE = join(__dirname, '..', 'src')
const HAN = /[\u4e00-\u9fff]/
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf-8' })
  .filter((name) => /\.(vue|ts)$/.test(name) && !/schema\.d|texts/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), 'utf-8') }))
const all = files.map((file) => file.text).join('\n')
/** Groups whose key ends in a code: t(`x.${code}`), word('x', code) and <StatusBadge group="x">. */
const GROUPS = [
  /\bt\(`([\w.]+)\.\$\{/g,
  /\bword\(\s*'(\w+)'/g,
  /<StatusBadge[^>]*?group="(\w+)"/gs,
]
function groupsOf(text: string): Set<string> {
  return new Set(GROUPS.flatMap((one) => [...text.matchAll(one)].map((match) => match[1])))
}
const groups = groupsOf(all)
const literals = new Set([...all.matchAll(/'([a-z][\w]*(?:\.[\w.-]+)?)'/g)].map((match) => match[1]))

describe('the tables of texts', () => {
  it('have the same keys, and no empty text', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    expect(Object.values({ ...zh }).every((text) => text.trim())).toBe(true)
    expect(Object.values({ ...en }).every((text) => text.trim())).toBe(true)
  })

  it.each(Object.entries(packages))('of %s are loaded with its pages, and nothing else asks for them', (root, texts) => {
    const keys = Object.keys(texts.zh)
    expect(keys.filter((key) => key in everyonesInChinese)).toEqual([])
    const main = files.filter((file) => !file.name.startsWith(`${root}/`)).map((file) => file.text)
    // A group of the main package may begin with the same word.
    const everyones = new Set(Object.keys(everyonesInChinese).map((key) => key.split('.')[0]))
    const asked = [...groupsOf(main.join('\n'))].filter((one) => !everyones.has(one))
    const foreign = (key: string) =>
      asked.includes(key.split('.')[0]) || main.some((text) => text.includes(`'${key}'`))
    expect(keys.filter(foreign)).toEqual([])
  })

  it.each(Object.entries(packages))('of %s are there before any page that says them', (root, texts) => {
    const keys = Object.keys(texts.zh)
    const pages = files
      .filter((file) => new RegExp(`^${root}/[a-z]\\w*\\.vue$`).test(file.name))
      .filter((file) => keys.some((key) => file.text.includes(`'${key}'`)))
    const bare = pages.filter((file) => !/^import '\.\/texts'$|'\.\/Desk\.vue'/m.test(file.text))
    expect(pages).not.toEqual([])
    expect(bare.map((file) => file.name)).toEqual([])
  })

  it('take the same values', () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort()
    const odd = Object.keys(zh).filter((key) => {
      const name = key as keyof typeof zh
      return names(zh[name]).join() !== names(en[name]).join()
    })
    expect(odd).toEqual([])
  })

  it('speak Chinese in the one and English in the other', () => {
    expect(Object.entries(en).filter(([, text]) => HAN.test(text))).toEqual([])
    const ascii = Object.entries(zh).filter(([, text]) => /[\u4e00-\u9fff][,?!;:]/.test(text))
    expect(ascii).toEqual([])
  })

  it('hold no text that nothing says', () => {
    const said = (key: string) =>
      literals.has(key) || [...groups].some((group) => key.startsWith(`${group}.`))
    expect(Object.keys(zh).filter((key) => !said(key))).toEqual([])
  })

  it('are asked for no text that they do not hold', () => {
    const asked = [...all.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((match) => match[1])
    expect(asked.filter((key) => !(key in zh))).toEqual([])
    const empty = [...groups].filter(
      (group) => !Object.keys(zh).some((key) => key.startsWith(`${group}.`)),
    )
    expect(empty).toEqual([])
  })
})

describe('the pages', () => {
  it('hold no Chinese of their own', () => {
    const own = files
      .filter((file) => file.name !== 'pages/me.vue' && file.name.endsWith('.vue'))
      .filter((file) => HAN.test(file.text))
    expect(own.map((file) => file.name)).toEqual([])
  })

  it('ask for the host in one file only', () => {
    const elsewhere = files.filter(
      (file) => !/core\/host\.ts|env\.d\.ts/.test(file.name) && /UNI_PLATFORM|#ifdef/.test(file.text),
    )
    expect(elsewhere.map((file) => file.name)).toEqual([])
  })
})
