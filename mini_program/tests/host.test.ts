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

// Known pairs of WGS 84 and GCJ-02, in Shanghai and Beijing.
it.each([
  [31.1774276, 121.5272106, 31.1753, 121.53154],
  [39.911954, 116.377817, 39.91335, 116.38405],
])("opens the host's map at %f, %f by its own system", async (latitude, longitude, y, x) => {
  vi.stubEnv('UNI_PLATFORM', 'mp-weixin')
  const openLocation = vi.fn()
  Object.assign(uni, { openLocation })
  const { openMap } = await import('@/core/host')
  openMap({ name: '大厅', address: '中山路 1 号', latitude, longitude })
  const shown = openLocation.mock.calls[0]?.[0]
  expect(shown).toMatchObject({ name: '大厅', address: '中山路 1 号' })
  expect(shown.latitude).toBeCloseTo(y, 4)
  expect(shown.longitude).toBeCloseTo(x, 4)
})

it('gives a phone in a browser the place as it is, by a geo URI', async () => {
  vi.stubEnv('UNI_PLATFORM', 'h5')
  const location = { href: '' }
  vi.stubGlobal('window', { location })
  vi.stubGlobal('navigator', { userAgent: 'Android' })
  const place = { name: '大厅', latitude: 29.868, longitude: 121.622 }
  const { openMap } = await import('@/core/host')
  openMap(place)
  expect(location.href).toBe(`geo:29.868,121.622?q=29.868,121.622(${encodeURIComponent('大厅')})`)
  vi.stubGlobal('navigator', { userAgent: 'iPhone' })
  openMap({ ...place, address: '中山路 1 号' })
  expect(location.href).toBe(`maps:?q=${encodeURIComponent('中山路 1 号')}`)
  vi.unstubAllGlobals()
})

it("asks Alipay's user for messages, and hears which were agreed to", async () => {
  vi.stubEnv('UNI_PLATFORM', 'mp-alipay')
  const requestSubscribeMessage = vi.fn(({ success }) =>
    success({ result: { subscribeEntityIds: ['a'] } }),
  )
  Object.assign(uni, { requestSubscribeMessage })
  const host = await import('@/core/host')
  expect(await host.requestSubscribeMessage(['a', 'b'])).toEqual(['a'])
  expect(requestSubscribeMessage.mock.calls[0]?.[0]).toMatchObject({ entityIds: ['a', 'b'] })
  requestSubscribeMessage.mockImplementation(({ fail }) => fail({}))
  expect(await host.requestSubscribeMessage(['a'])).toEqual([])
})
