import { expect, test } from 'vitest'
import { FILES, FLOORS, importsOf, PURE, roomOf } from './imports.js'

const BOX = { width: 132, height: 50, gapX: 28, gapY: 44, margin: 20 }

/** Rooms and the rooms that each knows. */
function knowledge(): Map<string, Set<string>> {
  const known = new Map(FLOORS.map((room) => [room, new Set<string>()]))
  for (const file of FILES) {
    for (const name of importsOf(file).filter((name) => FILES.includes(name))) {
      if (roomOf(name) !== roomOf(file)) known.get(roomOf(file))?.add(roomOf(name))
    }
  }
  return known
}

/** Without what follows: who knows a room that knows a third has no arrow of its own to that. */
function direct(known: ReadonlyMap<string, ReadonlySet<string>>): [from: string, to: string][] {
  const reached = (from: string): Set<string> =>
    new Set([...known.get(from)!].flatMap((next) => [next, ...reached(next)]))
  return [...known].flatMap(([from, rooms]) =>
    [...rooms]
      .filter((to) => ![...rooms].some((other) => other !== to && reached(other).has(to)))
      .map((to): [string, string] => [from, to]),
  )
}

/** Rows of rooms: each lies one above the highest that it knows. */
function rowsOf(known: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const level = (room: string): number => Math.max(-1, ...[...known.get(room)!].map(level)) + 1
  const levels = FLOORS.map(level)
  const rows = Array.from({ length: Math.max(...levels) + 1 }, (_, y) =>
    FLOORS.filter((_, index) => levels[index] === y),
  )
  return rows.reverse()
}

function picture(): string {
  const known = knowledge()
  const rows = rowsOf(known)
  const widthOf = (count: number) => count * (BOX.width + BOX.gapX) - BOX.gapX
  const width = widthOf(Math.max(...rows.map(({ length }) => length))) + 2 * BOX.margin
  const height = rows.length * (BOX.height + BOX.gapY) - BOX.gapY + 2 * BOX.margin
  const places = new Map(
    rows.flatMap((row, y) =>
      row.map((room, x): [string, { x: number; y: number }] => [
        room,
        {
          x: (width - widthOf(row.length)) / 2 + x * (BOX.width + BOX.gapX),
          y: BOX.margin + y * (BOX.height + BOX.gapY),
        },
      ]),
    ),
  )
  const arrows = direct(known).map(([from, to]) => {
    const [a, b] = [places.get(from)!, places.get(to)!]
    const [x1, y1, x2, y2] = [a.x + BOX.width / 2, a.y + BOX.height, b.x + BOX.width / 2, b.y]
    const bend = (y2 - y1) / 2
    return `<path class="arrow" d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`
  })
  const boxes = FLOORS.map((room) => {
    const { x, y } = places.get(room)!
    const files = FILES.filter((file) => roomOf(file) === room).length
    const middle = x + BOX.width / 2
    return [
      `<rect class="${PURE.includes(room) ? 'pure' : 'room'}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>`,
      `<text x="${middle}" y="${y + 22}">${room}/</text>`,
      `<text class="files" x="${middle}" y="${y + 39}">${files} files</text>`,
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The rooms of plugin/, each above those that it knows">
<style>
svg { background: #fff; font: 15px system-ui, sans-serif; }
text { fill: #1f2328; text-anchor: middle; }
.files { fill: #59636e; font-size: 12px; }
.room { fill: #f6f8fa; stroke: #59636e; }
.pure { fill: #dafbe1; stroke: #1a7f37; }
.arrow { fill: none; stroke: #818b98; marker-end: url(#head); }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#818b98"/></marker></defs>
${[...arrows, ...boxes].join('\n')}
</svg>
`
}

// `npx vitest run test/unit/rooms.test.ts -u` draws it again.
test('docs/rooms.svg shows the rooms as they are', async () => {
  await expect(picture()).toMatchFileSnapshot('../../docs/rooms.svg')
})
