// Text that somebody else wrote, made fit to show: short, and with nothing in it that a terminal or a page would obey.

const MAX_CHARACTERS = 2_048
// Control characters, and the invisible ones that turn text round.
const invisible = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Cuts foreign text to `max` characters and writes its control characters as `\u….`; tabs and line ends stay. */
export function foreignText(text: string, max = MAX_CHARACTERS): string {
  const cut = text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text.toWellFormed()
  return cut.replace(invisible, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
