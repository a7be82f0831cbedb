import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import './fake'

const NOTHING_RANDOM = 0.5

beforeEach(() => {
  vi.resetModules()
  vi.spyOn(Math, 'random').mockReturnValue(NOTHING_RANDOM)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

async function bytesOn(platform: string, host: object = {}): Promise<Uint8Array> {
  vi.stubEnv('UNI_PLATFORM', platform)
  Object.assign(uni, { canIUse: () => false, getRandomValues: undefined }, host)
  return (await import('@/core/host')).randomBytes(16)
}

const secure = {
  canIUse: (name: string) => name === 'getRandomValues',
  getRandomValues: ({ length, success }: { length: number; success: (done: object) => void }) =>
    success({ randomValues: new Uint8Array(length).fill(7).buffer }),
}

it('takes random bytes of Web Crypto in a browser', async () => {
  const bytes = await bytesOn('h5')
  expect(bytes).toHaveLength(16)
  expect(new Set(bytes).size).toBeGreaterThan(4)
  expect(Math.random).not.toHaveBeenCalled()
})

it("takes random bytes of WeChat's own source", async () => {
  expect([...(await bytesOn('mp-weixin', secure))]).toEqual(new Array(16).fill(7))
  expect(Math.random).not.toHaveBeenCalled()
})

it.each([
  ['mp-weixin', { canIUse: secure.canIUse, getRandomValues: (o: { fail: () => void }) => o.fail() }],
  ['mp-weixin', {}],
  ['mp-alipay', {}],
])('takes Math.random on %s where the host has no source', async (platform, host) => {
  expect([...(await bytesOn(platform, host))]).toEqual(new Array(16).fill(128))
})

async function realNameOn(platform: string, host: object): Promise<string | null> {
  vi.stubEnv('UNI_PLATFORM', platform)
  Object.assign(uni, host)
  return (await import('@/core/host')).realNameCode()
}

it("asks Alipay's user for the scope that tells who they are", async () => {
  const login = vi.fn(({ success }: { success: (done: object) => void }) => success({ code: 'a1' }))
  expect(await realNameOn('mp-alipay', { login })).toBe('a1')
  expect(login.mock.calls[0]?.[0]).toMatchObject({ scopes: 'auth_user' })
  const refused = { login: ({ fail }: { fail: () => void }) => fail() }
  expect(await realNameOn('mp-alipay', refused)).toBeNull()
})

it.each([
  [{ appId: 'wx308bd2aeb83d3345', extraData: { code: 'w1' } }, 'w1'],
  [{ appId: 'wx308bd2aeb83d3345' }, null],
  [{ appId: 'wx0000000000000000', extraData: { code: 'w1' } }, null],
  [undefined, null],
])("believes WeChat's own mini-program alone: %o", async (referrerInfo, code) => {
  const offAppShow = vi.fn()
  const host = {
    navigateToMiniProgram: ({ success }: { success: () => void }) => success(),
    onAppShow: (tell: (shown: object) => void) => tell({ referrerInfo }),
    offAppShow,
  }
  expect(await realNameOn('mp-weixin', host)).toBe(code)
  expect(offAppShow).toHaveBeenCalledOnce()
})

it('has nobody to ask in a browser', async () => {
  expect(await realNameOn('h5', {})).toBeNull()
})
