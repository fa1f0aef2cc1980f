// Finds sections by the words in them. SECTIONS is of sections.js: [page, heading, address, text] each.
const MOST = 12
const input = document.querySelector('.search input')
const list = document.querySelector('.search ol')
const root = document.body.dataset.root

/** Those with all words; where they stand in a heading first. */
function find(words) {
  return SECTIONS.map(([page, heading, address, text]) => {
    const title = `${page} ${heading}`.toLowerCase()
    const all = `${title} ${text.toLowerCase()}`
    if (!words.every((word) => all.includes(word))) return undefined
    const rank = words.filter((word) => title.includes(word)).length
    return { page, heading, address, text, rank }
  })
    .filter(Boolean)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, MOST)
}

/** The text around the first of the words. */
function excerpt(text, [word]) {
  const at = Math.max(text.toLowerCase().indexOf(word) - 40, 0)
  return `${at > 0 ? '… ' : ''}${text.slice(at, at + 120)}${text.length > at + 120 ? ' …' : ''}`
}

function show() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
  const found = words.length > 0 ? find(words) : []
  list.hidden = words.length === 0
  list.replaceChildren(
    ...found.map(({ page, heading, address, text }) => {
      const item = document.createElement('li')
      const link = item.appendChild(document.createElement('a'))
      link.href = `${root}/${address}`
      link.appendChild(document.createElement('b')).textContent = page === heading ? page : `${page}: ${heading}`
      link.append(` ${excerpt(text, words)}`)
      return item
    }),
  )
  if (words.length > 0 && found.length === 0) list.textContent = 'Nothing has all of these words.'
}

input.addEventListener('input', show)
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') list.querySelector('a')?.click()
  if (event.key === 'Escape') {
    input.value = ''
    show()
  }
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || document.activeElement === input) return
  event.preventDefault()
  input.focus()
})
// Where there is room the pages stand beside the text.
document.querySelector('.pages').open = matchMedia('(min-width: 60rem)').matches
