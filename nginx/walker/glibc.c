#include "glibc.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	MIN_CHUNK = 32,
	PREV_INUSE = 1, IS_MMAPPED = 2, NON_MAIN_ARENA = 4,
	/* malloc_state, from its field `top`, since what precedes it has changed */
	FAST_BINS = 10, FAST_BINS_AT = -80,
	UNSORTED_AT = 16,
	NEXT_AT = 16 + 254 * 8 + 16,
	TOP_AT = 96,			/* since 2.27 */
	STATE_SIZE = 2200,
	HEAP_MAX = 64 << 20,
	MAX_LIST = 1 << 20,
	START_TRIES = 4096,
};

/* Chunks that look used and are free: in a fast bin, or in the main thread's cache. */
struct free_list {
	uint64_t *list;
	size_t count, room;
};

static uint64_t word(struct image *im, uint64_t addr)
{
	const uint8_t *p = image_at(im, raddr(addr), 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return v;
}

static void push(struct free_list *l, uint64_t chunk)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		uint64_t *more = realloc(l->list, room * sizeof(*more));

		if (!more)
			return;
		l->list = more;
		l->room = room;
	}
	l->list[l->count++] = chunk;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* -- Walking chunks ------------------------------------------------------ */

static uint64_t chunk_size(uint64_t head)
{
	return head & ~UINT64_C(7);
}

static bool chunk_plausible(uint64_t at, uint64_t head, uint64_t end)
{
	uint64_t size = chunk_size(head);

	return size >= MIN_CHUNK && size % 16 == 0 && size <= end - at && !(head & IS_MMAPPED);
}

/* The last chunk of a walk from start that ends exactly at end; 0 if the walk does not. */
static uint64_t find_top(struct image *im, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at + 16 <= end;) {
		uint64_t head = word(im, at + 8);

		if (!chunk_plausible(at, head, end) || (head & NON_MAIN_ARENA))
			return 0;
		if (at + chunk_size(head) == end)
			return at;
		at += chunk_size(head);
	}
	return 0;
}

static void count_chunk(struct malloc_totals *t, const struct pages *pages, uint64_t at, uint64_t size, bool used)
{
	uint64_t resident = pages_resident(pages, at, at + size);

	*(used ? &t->used : &t->free) += size;
	*(used ? &t->used_resident : &t->free_resident) += resident;
}

/* From start to top, or to a heap's fence posts. Returns where it ended. `lists` is sorted. */
static uint64_t walk(struct malloc_totals *t, struct image *im, const struct pages *pages, uint64_t start, uint64_t end, uint64_t top,
		     const struct free_list *lists)
{
	size_t next_free = 0;
	uint64_t at = start;

	while (at + 16 <= end) {
		uint64_t head = word(im, at + 8), size = chunk_size(head);
		bool used;

		if (at == top) {
			count_chunk(t, pages, at, end - at, false);
			return end;
		}
		if (!chunk_plausible(at, head, end))
			return at;
		while (next_free < lists->count && lists->list[next_free] < at)
			next_free++;
		used = (word(im, at + size + 8) & PREV_INUSE) && !(next_free < lists->count && lists->list[next_free] == at);
		count_chunk(t, pages, at, size, used);
		at += size;
	}
	return at;
}

/* -- Free lists ---------------------------------------------------------- */

struct bounds {
	uint64_t start, end;
};

static bool is_chunk(struct image *im, const struct bounds *b, uint64_t chunk)
{
	return chunk % 16 == 0 && chunk >= b->start && chunk + MIN_CHUNK <= b->end && chunk_plausible(chunk, word(im, chunk + 8), b->end);
}

/* Since 2.32 links are mixed with their own address; which it is shows in what they lead to. */
static uint64_t follow(struct image *im, const struct bounds *b, uint64_t field, uint64_t back)
{
	uint64_t raw = word(im, field), mixed = raw ^ field >> 12;

	if (raw == 0 || is_chunk(im, b, raw - back))
		return raw;
	return mixed != 0 && is_chunk(im, b, mixed - back) ? mixed : 0;
}

static void collect_fast_bins(struct image *im, const struct bounds *b, const uint64_t bins[FAST_BINS], struct free_list *lists)
{
	for (int i = 0; i < FAST_BINS; i++) {
		uint64_t chunk = bins[i];

		for (int n = 0; n < MAX_LIST && chunk && is_chunk(im, b, chunk); n++) {
			push(lists, chunk);
			chunk = follow(im, b, chunk + 16, 0);
		}
	}
}

/* The main thread's cache is the first chunk of the heap; its size tells its form: 2.26, 2.30, 2.42. */
static void collect_cache(struct image *im, const struct bounds *b, struct free_list *lists)
{
	static const struct form {
		unsigned size, bins, entries_at;
	} forms[] = {{0x250, 64, 64}, {0x290, 64, 128}, {0x300, 76, 152}};
	uint64_t size = chunk_size(word(im, b->start + 8));

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		if (size != forms[f].size)
			continue;
		for (unsigned i = 0; i < forms[f].bins; i++) {
			uint64_t entry = word(im, b->start + 16 + forms[f].entries_at + i * 8u);

			for (int n = 0; n < MAX_LIST && entry && is_chunk(im, b, entry - 16); n++) {
				push(lists, entry - 16);
				entry = follow(im, b, entry, 16);
			}
		}
	}
}

static void free_list_sort(struct free_list *l)
{
	if (l->count > 1)
		qsort(l->list, l->count, sizeof(*l->list), by_address);
}

/* -- Arenas -------------------------------------------------------------- */

static uint64_t data_word(const struct libc_data *d, size_t at)
{
	uint64_t v = 0;

	if (at + 8 <= d->size)
		memcpy(&v, d->bytes + at, 8);
	return v;
}

/* Where libc's data hold the main arena's field `top`: it points at the top chunk, and the unsorted bin at itself or into the heap. */
static size_t find_main_arena(const struct libc_data *d, const struct bounds *b, uint64_t top)
{
	for (size_t at = 96; at + NEXT_AT + 8 <= d->size; at += 8) {
		uint64_t unsorted;

		if (data_word(d, at) != top)
			continue;
		unsorted = data_word(d, at + UNSORTED_AT);
		if (unsorted == d->start + at || (unsorted >= b->start && unsorted < b->end))
			return at;
	}
	return 0;
}

static bool walk_heap(struct glibc *g, struct image *im, const struct pages *pages, uint64_t heap, uint64_t arena, uint64_t top,
		      const struct free_list *lists)
{
	uint64_t end = heap + word(im, heap + 16), start;
	struct malloc_totals t = {0};

	if (word(im, heap) != arena || end <= heap || end - heap > HEAP_MAX || g->nspans == MAX_ARENA_SPANS)
		return false;
	start = arena - heap < PAGE ? arena + STATE_SIZE : heap + (arena % HEAP_MAX);
	start = (start + 15) & ~UINT64_C(15);
	if (end - walk(&t, im, pages, start, end, top, lists) > 64)	/* fence posts at the end of a heap that is full */
		return false;
	g->others.used += t.used;
	g->others.free += t.free;
	g->others.used_resident += t.used_resident;
	g->others.free_resident += t.free_resident;
	g->spans[g->nspans++] = (struct arena_span){heap, end};
	return true;
}

/* An arena of a thread starts in the first of its heaps, which are linked from the one that top is in. */
static void walk_arena(struct glibc *g, struct image *im, const struct pages *pages, uint64_t arena)
{
	const uint64_t top = word(im, arena + TOP_AT);
	uint64_t heap = top & ~(uint64_t)(HEAP_MAX - 1);

	for (int n = 0; n < MAX_ARENA_SPANS && heap; n++) {
		struct free_list lists = {0};
		struct bounds b = {heap, heap + word(im, heap + 16)};
		uint64_t bins[FAST_BINS];
		bool ok;

		for (int i = 0; i < FAST_BINS; i++)
			bins[i] = word(im, arena + TOP_AT + FAST_BINS_AT + (unsigned)i * 8);
		collect_fast_bins(im, &b, bins, &lists);
		free_list_sort(&lists);
		ok = walk_heap(g, im, pages, heap, arena, top, &lists);
		free(lists.list);
		if (!ok)
			return;
		heap = word(im, heap + 8);
	}
}

static void walk_main(struct glibc *g, struct image *im, const struct pages *pages, const struct bounds *b, uint64_t top,
		      const struct libc_data *d, size_t arena)
{
	struct free_list lists = {0};
	uint64_t bins[FAST_BINS] = {0};

	if (arena)
		for (int i = 0; i < FAST_BINS; i++)
			bins[i] = data_word(d, arena - 80 + (size_t)i * 8);
	collect_fast_bins(im, b, bins, &lists);
	collect_cache(im, b, &lists);
	free_list_sort(&lists);
	walk(&g->main, im, pages, b->start, b->end, top, &lists);
	free(lists.list);
	g->main_known = true;
	g->bins_known = arena != 0;
	g->main_span = (struct arena_span){b->start, b->end};
}

void glibc_walk(struct glibc *g, struct image *im, const struct pages *pages, uint64_t start, uint64_t end, const struct libc_data *data)
{
	struct bounds b = {start, end};
	uint64_t top = 0, next;
	size_t arena;

	memset(g, 0, sizeof(*g));
	/* without address randomisation the program's data share the mapping, and the heap starts at a later page */
	for (int n = 0; n < START_TRIES && b.start < end && !(top = find_top(im, b.start, end)); n++)
		b.start += PAGE;
	if (!top)
		return;
	arena = find_main_arena(data, &b, top);
	walk_main(g, im, pages, &b, top, data, arena);
	if (!arena)
		return;
	next = data_word(data, arena + NEXT_AT);
	for (int n = 0; n < MAX_ARENA_SPANS && next && next != data->start + arena - TOP_AT; n++) {
		if (!image_at(im, raddr(next), STATE_SIZE))
			return;
		walk_arena(g, im, pages, next);
		next = word(im, next + TOP_AT + NEXT_AT);
	}
}

uint64_t glibc_large_block(struct image *im, uint64_t page, uint64_t limit)
{
	uint64_t before = word(im, page), head = word(im, page + 8), size = chunk_size(head);

	return before == 0 && (head & 7) == IS_MMAPPED && size >= PAGE && size % PAGE == 0 && size <= limit - page ? size : 0;
}
