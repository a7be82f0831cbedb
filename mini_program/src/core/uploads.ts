/** A file's way from the phone to where the case finds it. */

// Mini-programs have no function for it; this one needs nothing newer than ES2018.
import { sha256 } from 'js-sha256'
import { call, putBytes } from './client'
import { ready } from './files'
import type { Picked } from './host'

/** Upload a chosen file, a citizen's or a scan of a hall, and return its id; raises Problem. */
export async function upload(file: Picked, office_id = ''): Promise<string> {
  const { name, type, bytes } = await ready(file)
  const announced = {
    file_name: name,
    content_type: type as 'image/jpeg',
    size: bytes.byteLength,
    sha256: sha256(new Uint8Array(bytes)),
  }
  const place = office_id
    ? await call('post', '/v1/admin/uploads', { body: { ...announced, office_id } })
    : await call('post', '/v1/uploads', { body: announced })
  await putBytes(place.url, place.headers, bytes)
  return place.upload_id
}
