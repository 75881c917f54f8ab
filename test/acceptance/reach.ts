// A search cluster as its owner speaks with it, past the product.
import { Agent, fetch } from 'undici'

export type Reach = { url: string; ca?: string; authorization?: string }

export async function send(
  { url, ca, authorization }: Reach,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const dispatcher = new Agent({ connect: { ca } })
  try {
    const response = await fetch(url + path, {
      method,
      dispatcher,
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text }
  } finally {
    await dispatcher.close()
  }
}

/** Puts objects in their order, each at its path. */
export async function putAll(reach: Reach, objects: readonly (readonly [path: string, body: unknown])[]) {
  for (const [path, body] of objects) {
    const { status, body: answer } = await send(reach, 'PUT', path, body)
    if (status > 299) throw new Error(`PUT ${path}: ${JSON.stringify(answer)}`)
  }
}
