/** The language of the pages: two tables of texts, Chinese first, to which packages add theirs. */

import { ref } from 'vue'
import { announceLanguage, ENGLISH, fetchEnglish } from './host'
import { zh } from './texts/zh'
import type { zh as bills } from '@/bills/texts/zh'
import type { zh as deliveries } from '@/deliveries/texts/zh'
import type { zh as draws } from '@/draws/texts/zh'
import type { zh as halls } from '@/hall/texts/zh'
import type { zh as published } from '@/open/texts/zh'
import type { zh as questions } from '@/questions/texts/zh'
import type { zh as rights } from '@/rights/texts/zh'
import type { zh as staffs } from '@/staff/texts/zh'

export type Lang = 'zh-CN' | 'en'
export type Key =
  | keyof typeof zh
  | keyof typeof bills
  | keyof typeof deliveries
  | keyof typeof draws
  | keyof typeof published
  | keyof typeof questions
  | keyof typeof rights
  | keyof typeof staffs
  | keyof typeof halls
type Values = Record<string, string | number>
type Tables = Record<Lang, Readonly<Record<string, string>>>

const tables: Tables = { 'zh-CN': zh, en: ENGLISH }
/** Each language by its own name, which those find who read no other. */
export const LANGUAGES: { value: Lang; title: string }[] = [
  { value: 'zh-CN', title: '中文' },
  { value: 'en', title: 'English' },
]
const STORED = 'lang'

export const lang = ref<Lang>('zh-CN')

/** Add the texts of a package that is loaded apart, before any page of it is shown. */
export function addTexts(more: Tables): void {
  for (const one of ['zh-CN', 'en'] as const) tables[one] = { ...tables[one], ...more[one] }
}

/** Bring a language's texts, where they are not here yet. */
async function loadTexts(wanted: Lang): Promise<void> {
  if (wanted === 'en') addTexts({ 'zh-CN': {}, en: await fetchEnglish() })
}

function speak(wanted: Lang): void {
  lang.value = wanted
  announceLanguage(wanted)
}

/** Set the language chosen before, or the phone's, before the first page is shown. */
export async function initLanguage(): Promise<void> {
  const chosen = uni.getStorageSync(STORED) as Lang | ''
  const phone = uni.getSystemInfoSync().language ?? ''
  const wanted = chosen || (/^zh/i.test(phone) || !phone ? 'zh-CN' : 'en')
  speak(wanted)
  // Without a network the pages speak the language that is there.
  await loadTexts(wanted).catch(() => speak('zh-CN'))
}

/** Set the language and keep the choice on the phone; rejects where its texts cannot be had. */
export async function setLanguage(wanted: Lang): Promise<void> {
  await loadTexts(wanted)
  uni.setStorageSync(STORED, wanted)
  speak(wanted)
}

/** Return a text in the language, with `{name}` replaced by the values. */
export function t(key: Key, values: Values = {}): string {
  return tables[lang.value][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

/** Return the text of a code that the server sent, or the code itself when it is a new one. */
export function word(group: string, code: string): string {
  return tables[lang.value][`${group}.${code}`] ?? code
}
