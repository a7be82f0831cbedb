/**
 * The service worker of the browser's pages: what shows a pass opens without a network.
 *
 * It is registered once a pass is kept on the phone (`keepPages` in src/core/host.ts). The build puts the
 * files of those pages in place of FILES; a changed list is another worker, which drops what the last kept.
 * Data is never kept here: passes lie in the page's own storage, and go when somebody logs out.
 */
const FILES = []
const KEPT = 'pages-DIGEST'
/** A network that is there but answers nothing is none. */
const PATIENCE_MS = 4000

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((kept) => kept.addAll(['/', ...FILES]))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((one) => one !== KEPT).map((one) => caches.delete(one))))
      .then(() => self.clients.claim()),
  )
})

/** Return the document that the host has now, else the one that was kept. */
async function documentOf(request) {
  const kept = await caches.match('/')
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS))
  const now = fetch(request).catch(() => kept)
  return (await Promise.race([now, late])) ?? now
}

self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== self.location.origin) return
  if (event.request.mode === 'navigate' && pathname === '/') event.respondWith(documentOf(event.request))
  else if (FILES.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)))
  }
})
