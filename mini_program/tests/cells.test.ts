import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { beforeEach, expect, it, vi } from 'vitest'
import { asked, clear, stored, turns } from './fake'
import { openDirectory } from '@/core/directory'
import { fromBase64url, verifyRs256 } from '@/core/rs256'

const NOW = Date.parse('2026-12-01T01:00:00Z')
const DAY = 24 * 60 * 60
const NINGBO = { city: '330200', name: '宁波市', name_en: 'Ningbo', api: 'https://ningbo.example' }
const HANGZHOU = { ...NINGBO, city: '330100', name: '杭州市', name_en: 'Hangzhou', api: 'https://hangzhou.example' }
const URL = 'https://province.example/cells.jws'

const pair = (modulusLength: number, publicExponent = 0x10001) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid }) as never
const ours = pair(2048)
const other = pair(2048)
const KEYS = [jwk(ours.publicKey, 'k1')]

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const rsa = (text: string, key: KeyObject, hash = 'RSA-SHA256') =>
  createSign(hash).update(text).sign(key).toString('base64url')

function made(
  claims: object = {},
  { key = ours.privateKey, head = {}, hash = 'RSA-SHA256' }: { key?: KeyObject; head?: object; hash?: string } = {},
): string {
  const seconds = NOW / 1000
  const text = [
    part({ alg: 'RS256', kid: 'k1', typ: 'onetrip-cells+jws', ...head }),
    part({ version: seconds, exp: seconds + 10 * DAY, cells: [NINGBO, HANGZHOU], ...claims }).replace(/=/g, ''),
  ].join('.')
  return `${text}.${rsa(text, key, hash)}`
}

const opened = (text: string, version = 0) => openDirectory(text, KEYS, NOW, version)

it.each([2048, 3072])('verifies as OpenSSL signs, with %i bits', (bits) => {
  const { publicKey, privateKey } = bits === 2048 ? ours : pair(bits)
  const { n } = publicKey.export({ format: 'jwk' })
  for (const text of ['', 'a', 'x'.repeat(1000)]) {
    const signature = rsa(text, privateKey)
    expect(verifyRs256(n!, text, signature)).toBe(true)
    expect(verifyRs256(n!, `${text}.`, signature)).toBe(false)
    expect(verifyRs256(n!, text, rsa(text, privateKey, 'RSA-SHA512'))).toBe(false)
  }
})

it('takes no signature that is shorter, longer, zero, one or the modulus, and no short key', () => {
  const { n } = ours.publicKey.export({ format: 'jwk' })
  const bytes = Buffer.from(n!, 'base64url')
  const filled = (last: number, length = bytes.length) => {
    const made_ = Buffer.alloc(length)
    made_[length - 1] = last
    return made_.toString('base64url')
  }
  const signature = rsa('a', ours.privateKey)
  for (const wrong of ['', n!, filled(0), filled(1), filled(1, 255), `AA${signature}`, signature.slice(2)]) {
    expect(verifyRs256(n!, 'a', wrong)).toBe(false)
  }
  const short = pair(1024)
  const small = short.publicKey.export({ format: 'jwk' }).n!
  expect(verifyRs256(small, 'a', rsa('a', short.privateKey))).toBe(false)
})

it('reads base64url in one way alone', () => {
  expect(fromBase64url('')).toEqual([])
  expect(fromBase64url('-_8')).toEqual([251, 255])
  for (const wrong of ['A', 'AB', '-_9', 'AA==', 'A+A', 'AAAAA', 'A A']) expect(fromBase64url(wrong)).toBeNull()
})

it('opens what was signed, also with letters that are not ASCII', () => {
  expect(opened(`${made()}\n`)?.cells[1]).toMatchObject({ city: '330100', name_en: 'Hangzhou' })
})

it('opens nothing in which a bit was flipped', () => {
  const good = made()
  for (let at = 0; at < good.length; at += 31) {
    const flipped = String.fromCharCode(good.charCodeAt(at) ^ 1)
    expect(opened(good.slice(0, at) + flipped + good.slice(at + 1))).toBeNull()
  }
})

it.each<[string, () => string]>([
  ['by another', () => made({}, { key: other.privateKey })],
  ['by a key that is not known', () => made({}, { head: { kid: 'k2' } })],
  ['by another algorithm', () => made({}, { head: { alg: 'RS512' }, hash: 'RSA-SHA512' })],
  ['by nobody', () => made({}, { head: { alg: 'none' } })],
  ['as something else', () => made({}, { head: { typ: 'JWT' } })],
  ['until now', () => made({ exp: NOW / 1000 })],
  ['without a cell', () => made({ cells: [] })],
  ['and lengthened', () => `${made()}.AAAA`],
  ['and cut', () => made().split('.').slice(0, 2).join('.')],
  ['never', () => '<html>'],
])('opens nothing that was signed %s', (_, text) => {
  expect(opened(text())).toBeNull()
})

it('opens no version that is older than the one it has', () => {
  expect(opened(made({ version: 7 }), 7)).not.toBeNull()
  expect(opened(made({ version: 6 }), 7)).toBeNull()
})

type Module = typeof import('@/core/cells')
async function launched(): Promise<Module> {
  vi.resetModules()
  const found = await import('@/core/cells')
  found.startCells()
  return found
}
const answer = (text: string) => turns.push({ status: 200, body: text })

beforeEach(() => {
  clear()
  vi.useFakeTimers()
  vi.setSystemTime(NOW)
  vi.stubEnv('VITE_CELLS_URL', URL)
  vi.stubEnv('VITE_CELLS_KEYS', JSON.stringify({ keys: KEYS }))
})

it('reads the directory once, and asks for a city where there is more than one', async () => {
  answer(made())
  const first = await launched()
  expect(await first.apiUrl()).toBeNull()
  expect(first.mustChoose()).toBe(true)
  first.chooseCity('330100')
  expect(await first.apiUrl()).toBe('https://hangzhou.example')
  const again = await launched()
  expect(await again.apiUrl()).toBe('https://hangzhou.example')
  expect(again.mustChoose()).toBe(false)
  expect(asked.map((one) => one.url)).toEqual([URL])
})

it('asks nothing where there is one city', async () => {
  answer(made({ cells: [NINGBO] }))
  const found = await launched()
  expect(await found.apiUrl()).toBe('https://ningbo.example')
})

it.each<[string, () => void]>([
  ['there is no network', () => turns.push('cut')],
  ['the host is in trouble', () => turns.push({ status: 503, body: 'x' })],
  ['it was altered', () => answer(made().replace('.', '.A'))],
  ['it is older', () => answer(made({ version: 1, cells: [HANGZHOU] }))],
])('keeps the last good directory when %s', async (_, trouble) => {
  answer(made())
  const first = await launched()
  await first.knowCells()
  first.chooseCity('330200')
  vi.setSystemTime(NOW + 23.9 * 60 * 60 * 1000)
  trouble()
  const later = await launched()
  await later.knowCells(NOW + 24 * 60 * 60 * 1000 - 1)
  expect(asked).toHaveLength(1)
  vi.setSystemTime(NOW + 60 * 1000)
  expect(await later.apiUrl()).toBe('https://ningbo.example')
  await later.knowCells(NOW + DAY * 1000)
  expect(asked).toHaveLength(2)
  expect(stored.get('cells')).toMatchObject({ version: NOW / 1000 })
})

it('moves with its city, and believes nothing that has expired', async () => {
  answer(made({ exp: NOW / 1000 + 3 * DAY }))
  const found = await launched()
  await found.knowCells()
  found.chooseCity('330200')
  vi.setSystemTime(NOW + 2 * DAY * 1000)
  answer(made({ version: NOW / 1000 + 1, exp: NOW / 1000 + 3 * DAY, cells: [{ ...NINGBO, api: 'https://new.example' }] }))
  await found.apiUrl()
  expect(await found.apiUrl()).toBe('https://new.example')
  vi.setSystemTime(NOW + 4 * DAY * 1000)
  turns.push('cut')
  expect(await found.apiUrl()).toBeNull()
})

it('keeps for each city what is of it', async () => {
  answer(made())
  const found = await launched()
  await found.knowCells()
  expect(found.ofCity('session.citizen')).toBe('session.citizen')
  found.chooseCity('330200')
  expect(found.ofCity('session.citizen')).toBe('session.citizen@330200')
})

it('is what it always was without a directory', async () => {
  vi.stubEnv('VITE_CELLS_URL', '')
  vi.stubEnv('VITE_API_URL', 'https://api.example')
  const found = await launched()
  expect(await found.apiUrl()).toBe('https://api.example')
  expect([found.mustChoose(), found.ofCity('x'), asked.length]).toEqual([false, 'x', 0])
})
