import type { Thread } from './thread.js'

/**
 * Writes a comment over the one that begins with the same marker, or makes one.
 * @param hasNews false: none is made where none is there
 * @throws ForgeError
 */
export async function putComment(
  thread: Thread,
  { marker, body, hasNews }: { readonly marker: string; readonly body: string; readonly hasNews: boolean },
): Promise<'made' | 'updated' | 'not needed'> {
  const id = await ownComment(thread, marker)
  if (id !== undefined) {
    await thread.update(id, body)
    return 'updated'
  }
  if (!hasNews) return 'not needed'
  await thread.create(body)
  return 'made'
}

async function ownComment(thread: Thread, marker: string): Promise<number | undefined> {
  for await (const page of thread.pages()) {
    const own = page.find(({ body }) => body?.startsWith(marker))
    if (own) return own.id
  }
  return undefined
}
