import { afterEach, expect, it, vi } from 'vitest'
import './fake'
import { ready, typeOf } from '@/core/files'
import { bytesOf, redrawn } from '@/core/host'

vi.mock('@/core/host', async (load) => ({
  ...(await load<typeof import('@/core/host')>()),
  bytesOf: vi.fn(),
  redrawn: vi.fn(),
}))
afterEach(() => void vi.clearAllMocks())

const MB = 1024 * 1024
const bytes = (begins: string, size = 32) => {
  const all = new Uint8Array(size)
  all.set([...begins].map((one) => one.charCodeAt(0)))
  return all.buffer
}
const picked = (name: string) => ({ name, type: 'text/plain', path: '', size: 1 })

it.each([
  ['%PDF-1.7', 'application/pdf'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff\xe1', 'image/jpeg'],
  ['\0\0\0\x18ftypheic', 'image/heic'],
  ['\0\0\0\x18ftypmif1', 'image/heif'],
  ['PK\x03\x04', ''],
  ['MZ', ''],
  ['', ''],
])('tells the type of %j by how it begins', (begins, type) => {
  expect(typeOf(bytes(begins))).toBe(type)
})

it('refuses what no photo and no PDF is before anything is sent, by its name', async () => {
  vi.mocked(bytesOf).mockResolvedValue(bytes('PK\x03\x04'))
  await expect(ready(picked('a.pdf'))).rejects.toMatchObject({ code: 'file_type' })
  await expect(ready(picked('a.pdf'))).rejects.toThrow(/a\.pdf/)
})

it('draws photos anew and takes what has become of them', async () => {
  vi.mocked(bytesOf).mockResolvedValue(bytes('\xff\xd8\xff', 12 * MB))
  vi.mocked(redrawn).mockResolvedValue(bytes('\xff\xd8\xff', MB))
  const made = await ready(picked('a.jpg'))
  expect([made.type, made.bytes.byteLength]).toEqual(['image/jpeg', MB])
})

it.each(['%PDF-', '\0\0\0\x18ftypheic'])('refuses %j that is too large', async (begins) => {
  vi.mocked(bytesOf).mockResolvedValue(bytes(begins, 10 * MB + 1))
  await expect(ready(picked('b'))).rejects.toMatchObject({ code: 'file_size' })
  expect(redrawn).not.toHaveBeenCalled()
  vi.mocked(bytesOf).mockResolvedValue(bytes(begins, 10 * MB))
  await expect(ready(picked('b'))).resolves.toMatchObject({ name: 'b' })
})

it('leaves a small PNG as it is', async () => {
  vi.mocked(bytesOf).mockResolvedValue(bytes('\x89PNG\r\n\x1a\n'))
  expect((await ready(picked('c.png'))).type).toBe('image/png')
  expect(redrawn).not.toHaveBeenCalled()
})
