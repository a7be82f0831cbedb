/** A file's way from the phone to where the case finds it. */

import { call, putBytes } from './client'
import { bytesOf, type Picked } from './host'
import { sha256 } from './sha256'

/** Upload a chosen file and return its id; raises Problem. */
export async function upload(file: Picked): Promise<string> {
  const bytes = await bytesOf(file)
  const announced = {
    file_name: file.name,
    content_type: file.type || null,
    size: bytes.byteLength,
    sha256: sha256(bytes),
  }
  const place = await call('post', '/v1/uploads', { body: announced })
  await putBytes(place.url, place.headers, bytes)
  return place.upload_id
}
