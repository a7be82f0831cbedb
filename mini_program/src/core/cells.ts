/**
 * The cell that this phone speaks to. Without a directory (`VITE_CELLS_URL`) there is the one of the build.
 *
 * The directory is read once and kept; after a day it is read again behind a page, and what was kept
 * stays when that fails. One that has expired is believed no longer.
 */

import { computed, ref } from 'vue'
import { isGood, openDirectory, type Cell, type Directory, type PublicKey } from './directory'
import { API_URL } from './host'

type Kept = Directory & { at: number }

const DIRECTORY_URL = import.meta.env.VITE_CELLS_URL ?? ''
const KEYS = (JSON.parse(import.meta.env.VITE_CELLS_KEYS || '{"keys":[]}') as { keys: PublicKey[] }).keys
const STORED = 'cells'
const CITY = 'city'
const FRESH_MS = 24 * 60 * 60 * 1000
const PATIENCE_MS = 15000

const directory = ref<Kept | null>(null)
/** The code of the city that was chosen; empty where there is no directory. */
export const city = ref('')
export const cells = computed<Cell[]>(() => directory.value?.cells ?? [])
export const cell = computed(() => cells.value.find((one) => one.city === city.value) ?? null)

/** Take the city and the directory that this phone kept, before anything else is taken. */
export function startCells(): void {
  if (!DIRECTORY_URL) return
  city.value = (uni.getStorageSync(CITY) as string) || ''
  directory.value = (uni.getStorageSync(STORED) as Kept | '') || null
}

/** Tell whether there are cells to choose from. */
export const HAS_CELLS = Boolean(DIRECTORY_URL)

/** Name a city in a language. */
export function cityName(one: Cell, lang: string): string {
  return lang === 'en' ? one.name_en : one.name
}

/** Name something that is kept for the chosen city alone. */
export function ofCity(name: string): string {
  return city.value ? `${name}@${city.value}` : name
}

let coming: Promise<void> | null = null

/** Have a directory, if one can be had: the kept one at once, else one that is read now. */
export async function knowCells(now = Date.now()): Promise<void> {
  if (!DIRECTORY_URL) return
  const kept = directory.value
  const good = kept !== null && isGood(kept, now)
  if (good && now - kept.at < FRESH_MS) return
  coming ??= readCells(now).finally(() => (coming = null))
  if (!good) await coming
}

/** Tell whether a city has to be chosen before anything can be asked. */
export function mustChoose(): boolean {
  return cells.value.length > 0 && !cell.value
}

/** Return the address of the API; null while no city is chosen or no directory could be had. */
export async function apiUrl(): Promise<string | null> {
  if (!DIRECTORY_URL) return API_URL
  await knowCells()
  const known = directory.value !== null && isGood(directory.value, Date.now())
  return known ? (cell.value?.api ?? null) : null
}

/** Choose a city; what was kept for another stays for when it is chosen again. */
export function chooseCity(code: string): void {
  city.value = code
  uni.setStorageSync(CITY, code)
}

/** Read the directory; one that is not ours, altered, expired or older than the kept one is not taken. */
async function readCells(now: number): Promise<void> {
  const text = await fetched()
  const found = text && openDirectory(text, KEYS, now, directory.value?.version ?? 0)
  if (!found) return
  directory.value = { ...found, at: now }
  uni.setStorageSync(STORED, directory.value)
  if (!city.value && found.cells.length === 1) chooseCity(found.cells[0]!.city)
}

function fetched(): Promise<string | null> {
  return new Promise((resolve) => {
    uni.request({
      url: DIRECTORY_URL,
      dataType: '',
      timeout: PATIENCE_MS,
      success: (done) => resolve(done.statusCode === 200 ? String(done.data) : null),
      fail: () => resolve(null),
    })
  })
}
