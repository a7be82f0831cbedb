import './fake'
import { expect, it } from 'vitest'
import { useMutation } from '../src/core/query'

it('begins a write when what the one before changed was read again', async () => {
  const mutation = useMutation()
  const done: string[] = []
  let shown = () => {}
  const reload = () => new Promise<void>((read) => (shown = read))
  const first = mutation.run(async () => void done.push('first'), reload)
  await Promise.resolve()
  expect(await mutation.run(async () => void done.push('too soon'))).toBe(false)
  shown()
  expect(await first).toBe(true)
  expect(await mutation.run(async () => void done.push('second'))).toBe(true)
  expect(done).toEqual(['first', 'second'])
})

it('reads again what failed too, and keeps its problem', async () => {
  const mutation = useMutation()
  let read = 0
  const failed = mutation.run(
    async () => {
      throw new Error('refused')
    },
    async () => void (read += 1),
  )
  expect(await failed).toBe(false)
  expect(read).toBe(1)
  expect(mutation.problem.value?.code).toBe('unexpected')
  expect(mutation.busy.value).toBe(false)
})
