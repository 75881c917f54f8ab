import type { FieldError } from '../api/client.ts'

/** What is wrong at a field, for the person who fills it in. The form of the document is not theirs to know. */
export function sayError({ message, hint }: FieldError): { message: string; hint: string | null } {
  const missing = /^Invalid key: Expected "(.+)" but received undefined$/.test(message)
  return missing ? { message: 'This is missing', hint: null } : { message, hint }
}
