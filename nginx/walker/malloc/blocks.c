#include "malloc/blocks.h"
#include "base/list.h"
#include "base/search.h"

#include <stdlib.h>
#include <string.h>

enum {
	SPAN_SHIFT = 21, SPAN_INDEX = 1 << 14,
	WORD_BITS = 64,
	STRETCH = 64,			/* words of `starts` that one entry of `before` stands for */
	PREV_SIZE = 8,			/* of the next chunk: its last 8 bytes are this one's while this is in use */
	/* musl's, each so far before the first byte of a slot, or of what was asked for within it */
	FRAME = 4,			/* a slot's last bytes are the next one's */
	SHORT_BY = 3,			/* in its upper 3 bits: bytes of the slot that were not asked for, from IN_TAIL on in its last 4; the slot's number below */
	IN_TAIL = 5,
	MOVED = 7 << 5,			/* instead: what was asked for begins later, by so many times 16 bytes as PLACE says */
	PLACE = 2, PLACE_IS_WIDE = 4, WIDE_PLACE = 8,	/* how many times 16 bytes its group's first slot is before it */
};
#define NO_SPAN UINT32_MAX
#define MANY_SPANS (UINT32_MAX - 1)

/* -- Adding -------------------------------------------------------------- */

static const uint8_t *copy_of(const struct blocks *b, uint64_t start, uint64_t end)
{
	return end > start ? image_at(b->im, raddr(start), end - start) : NULL;
}

static struct block_span *add_span(struct blocks *b, uint64_t start, uint64_t end, const uint8_t *copy)
{
	if (!LIST_HAS_ROOM(b->spans, b->nspans, b->room)) {
		b->failed = true;
		return NULL;
	}
	if (!copy)
		b->failed = true;
	b->spans[b->nspans] = (struct block_span){.start = start, .end = end, .copy = copy};
	return copy ? &b->spans[b->nspans++] : NULL;
}

static size_t words_of(const struct block_span *s)
{
	return (size_t)((s->end - s->start) / GRANULE / WORD_BITS) + 1;
}

static struct block_span *add_cut_span(struct blocks *b, uint64_t start, uint64_t end, const uint8_t *copy)
{
	struct block_span *s = add_span(b, start, end, copy);

	if (!s)
		return NULL;
	s->starts = calloc(words_of(s), sizeof(*s->starts));
	s->marks = calloc(words_of(s), sizeof(*s->marks));
	s->before = calloc(words_of(s) / STRETCH + 1, sizeof(*s->before));
	b->failed |= !s->starts || !s->marks || !s->before;
	return s;
}

static struct block_span *add_whole(struct blocks *b, uint64_t start, uint64_t size)
{
	struct block_span *s = add_span(b, start, start + size, copy_of(b, start, start + size));

	if (!s)
		return NULL;
	s->whole = true;
	b->count++;
	b->bytes += size;
	return s;
}

void blocks_add_span(struct blocks *b, uint64_t start, uint64_t end)
{
	add_cut_span(b, start, end, copy_of(b, start, end));
}

void blocks_add_whole(struct blocks *b, uint64_t start, uint64_t size)
{
	add_whole(b, start, size);
}

void blocks_add_framed_span(struct blocks *b, uint64_t start, uint64_t end, const uint8_t *copy)
{
	struct block_span *s = add_cut_span(b, start, end, copy);

	if (!s)
		return;
	s->framed = true;
	s->bounds = calloc(words_of(s), sizeof(*s->bounds));
	b->failed |= !s->bounds;
}

void blocks_add_framed_whole(struct blocks *b, uint64_t start, uint64_t size)
{
	struct block_span *s = add_whole(b, start, size);

	if (s)
		s->framed = true;
}

void blocks_add_bound(struct blocks *b, uint64_t start)
{
	const struct block_span *s = b->failed ? NULL : &b->spans[b->nspans - 1];
	const uint64_t granule = s ? (start - s->start) / GRANULE : 0;

	if (s)
		s->bounds[granule / WORD_BITS] |= UINT64_C(1) << granule % WORD_BITS;
}

void blocks_add(struct blocks *b, uint64_t start, uint64_t size)
{
	for (size_t i = b->nspans; !b->failed && i-- > 0;) {	/* mostly of the span that was added last */
		struct block_span *s = &b->spans[i];
		uint64_t granule = (start - s->start) / GRANULE;

		if (start < s->start || start >= s->end || s->whole)
			continue;
		s->starts[granule / WORD_BITS] |= UINT64_C(1) << granule % WORD_BITS;
		b->count++;
		b->bytes += size;
		return;
	}
}

/* -- Settling ------------------------------------------------------------ */

static int by_start(const void *a, const void *b)
{
	const struct block_span *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void note_before(struct block_span *s)
{
	uint32_t last = 0;

	for (size_t i = 0; i < words_of(s); i++) {
		if (i % STRETCH == 0)
			s->before[i / STRETCH] = last;
		if (s->starts[i])
			last = (uint32_t)(i * WORD_BITS + 64 - (size_t)__builtin_clzll(s->starts[i]));
	}
}

static void index_span(struct blocks *b, size_t i)
{
	const struct block_span *s = &b->spans[i];
	uint64_t first = s->start >> SPAN_SHIFT, chunks = ((s->end - 1) >> SPAN_SHIFT) - first + 1;

	for (uint64_t k = 0; k < chunks && k < SPAN_INDEX; k++) {
		uint32_t *slot = &b->index[(first + k) & (SPAN_INDEX - 1)];

		*slot = *slot == NO_SPAN ? (uint32_t)i : MANY_SPANS;
	}
}

bool blocks_settle(struct blocks *b)
{
	b->index = malloc(SPAN_INDEX * sizeof(*b->index));
	if (!b->index || b->failed)
		return !(b->failed = true);
	memset(b->index, 0xff, SPAN_INDEX * sizeof(*b->index));
	if (b->nspans)
		qsort(b->spans, b->nspans, sizeof(*b->spans), by_start);
	b->low = UINT64_MAX;
	for (size_t i = 0; i < b->nspans; i++) {
		struct block_span *s = &b->spans[i];

		b->low = s->start < b->low ? s->start : b->low;
		b->high = s->end > b->high ? s->end : b->high;
		if (!s->whole)
			note_before(s);
		index_span(b, i);
	}
	return true;
}

void blocks_free(struct blocks *b)
{
	for (size_t i = 0; i < b->nspans; i++) {
		free(b->spans[i].bounds);
		free(b->spans[i].starts);
		free(b->spans[i].marks);
		free(b->spans[i].pointed);
		free(b->spans[i].before);
	}
	free(b->spans);
	free(b->index);
	memset(b, 0, sizeof(*b));
}

/* -- Finding ------------------------------------------------------------- */

static bool span_ends_by(const void *span, uint64_t addr)
{
	return ((const struct block_span *)span)->end <= addr;
}

static struct block_span *search_span(const struct blocks *b, uint64_t addr)
{
	const size_t i = search_first(b->spans, b->nspans, sizeof(*b->spans), span_ends_by, addr);

	return i < b->nspans ? &b->spans[i] : NULL;
}

/* The last granule up to this one that begins a block. */
static bool last_start(const struct block_span *s, uint64_t granule, uint64_t *to)
{
	uint64_t at = granule / WORD_BITS, bits = s->starts[at] & (~UINT64_C(0) >> (WORD_BITS - 1 - granule % WORD_BITS));

	while (bits == 0) {
		if (at % STRETCH == 0) {
			*to = (uint64_t)s->before[at / STRETCH] - 1;
			return s->before[at / STRETCH] != 0;
		}
		bits = s->starts[--at];
	}
	*to = at * WORD_BITS + 63 - (uint64_t)__builtin_clzll(bits);
	return true;
}

/* To where the next slot begins, or the last one ends. */
static uint64_t slot_size(const struct block_span *s, uint64_t start)
{
	const uint64_t granule = (start - s->start) / GRANULE + 1, words = words_of(s);
	uint64_t at = granule / WORD_BITS, bits = s->bounds[at] & ~UINT64_C(0) << granule % WORD_BITS;

	while (bits == 0) {
		if (++at >= words)
			return s->end - start;
		bits = s->bounds[at];
	}
	return s->start + (at * WORD_BITS + (uint64_t)__builtin_ctzll(bits)) * GRANULE - start;
}

static uint64_t size_at(const struct block_span *s, uint64_t start)
{
	uint64_t head, size;

	if (s->framed)
		return slot_size(s, start);
	memcpy(&head, s->copy + (start - s->start) + 8, 8);
	size = head & ~UINT64_C(7);
	return size <= s->end - start ? size : s->end - start;
}

/* The span that holds an address; NULL if none does. */
static inline struct block_span *find_span(const struct blocks *b, uint64_t at)
{
	struct block_span *s;
	uint32_t slot;

	if (at < b->low || at >= b->high)
		return NULL;
	slot = b->index[at >> SPAN_SHIFT & (SPAN_INDEX - 1)];
	if (slot == NO_SPAN)
		return NULL;
	s = slot == MANY_SPANS ? search_span(b, at) : &b->spans[slot];
	return s && at >= s->start && at < s->end ? s : NULL;
}

bool block_fetch_ahead(const struct blocks *b, uint64_t word)
{
	const uint64_t at = word - BLOCK_HEADER;
	const struct block_span *s = find_span(b, at);

	if (!s)
		return false;
	__builtin_prefetch(s->copy + (at - s->start));
	if (!s->whole) {
		__builtin_prefetch(&s->starts[(at - s->start) / GRANULE / WORD_BITS]);
		__builtin_prefetch(&s->marks[(at - s->start) / GRANULE / WORD_BITS]);
	}
	return true;
}

bool block_at(const struct blocks *b, uint64_t addr, struct block *to)
{
	/* Usable bytes begin and end that much after their chunk: so all of them are in its own granules. */
	const uint64_t at = addr - BLOCK_HEADER;
	struct block_span *s = find_span(b, at);
	uint64_t granule;

	if (!s)
		return false;
	if (s->whole) {
		*to = (struct block){s, s->start, s->end - s->start};
		return addr < s->end;
	}
	if (!last_start(s, (at - s->start) / GRANULE, &granule))
		return false;
	to->span = s;
	to->start = s->start + granule * GRANULE;
	to->size = size_at(s, to->start);
	return addr < to->start + to->size + (s->framed ? BLOCK_HEADER : PREV_SIZE);
}

bool block_named(const struct blocks *b, uint64_t word, uint64_t offset, struct block *to)
{
	return block_at(b, word, to) && (to->span->framed || word != to->start + to->size || offset == to->size - BLOCK_HEADER);
}

bool block_unmarked(struct block_span *s, uint64_t addr, struct block *to)
{
	uint64_t granule = addr > s->start ? (addr - s->start + GRANULE - 1) / GRANULE : 0, at = granule / WORD_BITS, bits;
	const size_t words = s->whole ? 0 : words_of(s);

	if (s->whole) {
		*to = (struct block){s, s->start, s->end - s->start};
		return addr <= s->start && !s->marked;
	}
	if (at >= words)
		return false;
	bits = s->starts[at] & ~s->marks[at] & ~UINT64_C(0) << granule % WORD_BITS;
	while (bits == 0) {
		if (++at >= words)
			return false;
		bits = s->starts[at] & ~s->marks[at];
	}
	to->span = s;
	to->start = s->start + (at * WORD_BITS + (uint64_t)__builtin_ctzll(bits)) * GRANULE;
	to->size = size_at(s, to->start);
	return true;
}

static uint32_t half_word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static unsigned short_word(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

/* How far into its slot what was asked for begins; 0 where its own frame does not say that it is there. */
static uint64_t moved_by(const uint8_t *slot, uint64_t size)
{
	const uint64_t by = (uint64_t)short_word(slot - PLACE) * GRANULE;
	const uint8_t *p = slot + by;

	if (slot[-SHORT_BY] != MOVED || by >= size)
		return 0;
	return short_word(p - PLACE) >= by / GRANULE || (p[-PLACE_IS_WIDE] && half_word(p - WIDE_PLACE) >= by / GRANULE) ? by : 0;
}

/* What was asked for: of the slot nothing else is the program's, and much of it is left over. */
static const uint8_t *framed_bytes(const struct block *k, uint64_t *begin, uint64_t *size)
{
	const uint64_t slot = k->start + BLOCK_HEADER, bound = k->span->whole ? k->span->end : slot + k->size;
	const uint64_t limit = bound < k->span->end ? bound : k->span->end, whole = limit > slot + FRAME ? limit - slot - FRAME : 0;
	const uint8_t *p = k->span->copy + (slot - k->span->start);
	uint64_t moved, missing;

	*begin = slot;
	*size = whole;
	if (whole < FRAME)
		return p;
	moved = moved_by(p, whole);
	missing = p[moved - SHORT_BY] >> 5;
	if (missing >= IN_TAIL)
		missing = half_word(p + whole - FRAME);
	*begin += moved;
	*size -= moved;
	if (missing <= *size)
		*size -= missing;
	return p + moved;
}

const uint8_t *block_bytes(const struct block *k, uint64_t *begin, uint64_t *size)
{
	const uint64_t from = k->start + BLOCK_HEADER, limit = k->span->whole ? k->span->end : k->start + k->size + PREV_SIZE;
	const uint64_t to = limit < k->span->end ? limit : k->span->end;

	if (k->span->framed)
		return framed_bytes(k, begin, size);
	*begin = from;
	*size = to > from ? to - from : 0;
	return k->span->copy + (from - k->span->start);
}

const struct block_span *blocks_span_after(const struct blocks *b, uint64_t addr)
{
	return search_span(b, addr);
}

/* -- Marks --------------------------------------------------------------- */

bool block_marked(const struct block *k)
{
	const uint64_t granule = (k->start - k->span->start) / GRANULE;

	return k->span->whole ? k->span->marked : k->span->marks[granule / WORD_BITS] >> granule % WORD_BITS & 1;
}

void block_mark(const struct block *k)
{
	const uint64_t granule = (k->start - k->span->start) / GRANULE;

	if (k->span->whole)
		k->span->marked = true;
	else
		k->span->marks[granule / WORD_BITS] |= UINT64_C(1) << granule % WORD_BITS;
}
