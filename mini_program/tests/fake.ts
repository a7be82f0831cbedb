/** A host for tests: storage in memory, and a network that answers as it is told. */

type Asked = { url: string; method: string; header: Record<string, string>; data?: string }
type Done = { statusCode: number; data: unknown; header: Record<string, string> }
type Wire = Asked & { success: (done: Done) => void; fail: (why: object) => void }
export type Turn = 'cut' | { status: number; body?: unknown }

export const stored = new Map<string, unknown>()
export const asked: Asked[] = []
export const turns: Turn[] = []

Object.assign(globalThis, {
  uni: {
    getStorageSync: (key: string) => stored.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void stored.set(key, value),
    removeStorageSync: (key: string) => void stored.delete(key),
    getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
    getSystemInfoSync: () => ({ language: 'zh-CN' }),
    request: (wire: Wire) => {
      const { url, method, header, data } = wire
      asked.push({ url, method, header, data })
      const turn = turns.shift() ?? { status: 200, body: {} }
      if (turn === 'cut') wire.fail({})
      else wire.success({ statusCode: turn.status, data: turn.body ?? {}, header: {} })
    },
  },
})

/** Forget all of it. */
export function clear(): void {
  stored.clear()
  asked.length = 0
  turns.length = 0
}
