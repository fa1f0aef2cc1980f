#include "malloc/glibc.h"
#include "base/merge-sort.h"
#include "base/page.h"
#include "base/addr-list.h"
#include "base/search.h"

#include <stdlib.h>
#include <string.h>

enum {
	MIN_CHUNK = 32,
	PREV_INUSE = 1, IS_MMAPPED = 2, NON_MAIN_ARENA = 4,
	/* malloc_state, from its field `top`, since what precedes it has changed */
	FAST_BINS = 10, FAST_BINS_AT = -80,
	UNSORTED_AT = 16,
	NEXT_AT = 16 + 254 * 8 + 16,
	TOP_AT = 96,			/* since 2.27 */
	STATE_SIZE = 2200,
	HEAP_MAX = 64 << 20,
	FENCE_POSTS = 64,		/* at the end of a heap that is full */
	MAX_LIST = 1 << 20,
	START_TRIES = 4096,
	SMALL_BINS = 64,		/* of a thread's cache: one size each. Those of 2.42 beyond hold several */
};

/* What one reading of a process's heaps is about. */
struct reading {
	struct glibc *g;
	struct image *im;
	const struct pages *pages;
	struct addr_list free;		/* chunks that look used, but are in a fast bin or in a thread's cache */
	struct addr_list caches;	/* chunks of the size that a thread's cache has */
	const struct chunk_listener *listener;
};

static void push(struct reading *r, struct addr_list *l, uint64_t chunk)
{
	if (!addr_list_push(l, chunk))
		r->g->failed = true;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* -- Forms of a thread's cache ------------------------------------------- */

/* 2.26, 2.30, 2.42. The counters before the lists have 1 or 2 bytes; in 2.42 they count what may still come. */
static const struct cache_form {
	unsigned size, bins, entries_at, counter;
	bool counts_entries;
} cache_forms[] = {{0x250, 64, 64, 1, true}, {0x290, 64, 128, 2, true}, {0x300, 76, 152, 2, false}};

static const struct cache_form *cache_form(uint64_t size)
{
	for (size_t f = 0; f < sizeof(cache_forms) / sizeof(cache_forms[0]); f++)
		if (size == cache_forms[f].size)
			return &cache_forms[f];
	return NULL;
}

/* -- Chunks --------------------------------------------------------------- */

static uint64_t chunk_size(uint64_t head)
{
	return head & ~UINT64_C(7);
}

static bool chunk_plausible(uint64_t at, uint64_t head, uint64_t end)
{
	uint64_t size = chunk_size(head);

	return size >= MIN_CHUNK && size % 16 == 0 && size <= end - at && !(head & IS_MMAPPED);
}

static void note_cache(struct reading *r, uint64_t at, uint64_t size)
{
	if (cache_form(size))
		push(r, &r->caches, at);
}

/* The last chunk of a walk from start that ends exactly at end; 0 if the walk does not. */
static uint64_t find_top(struct reading *r, uint64_t start, uint64_t end)
{
	const size_t caches = r->caches.count;

	for (uint64_t at = start; at + 16 <= end;) {
		uint64_t head = image_word(r->im, at + 8);

		if (!chunk_plausible(at, head, end) || (head & NON_MAIN_ARENA))
			break;
		if (at + chunk_size(head) == end)
			return at;
		note_cache(r, at, chunk_size(head));
		at += chunk_size(head);
	}
	r->caches.count = caches;
	return 0;
}

/* Whether the chunks of a heap lead to its top, or to the fence posts at its end. */
static bool ends_well(struct reading *r, const struct arena_span *s)
{
	const size_t caches = r->caches.count;
	uint64_t at = s->chunks;

	while (at + 16 <= s->end && at != s->top) {
		uint64_t head = image_word(r->im, at + 8);

		if (!chunk_plausible(at, head, s->end))
			break;
		note_cache(r, at, chunk_size(head));
		at += chunk_size(head);
	}
	if (at == s->top || s->end - at <= FENCE_POSTS)
		return true;
	r->caches.count = caches;
	return false;
}

static void count_chunk(struct malloc_totals *t, const struct pages *pages, uint64_t at, uint64_t size, bool used)
{
	uint64_t resident = pages_resident(pages, at, at + size);

	*(used ? &t->used : &t->free) += size;
	*(used ? &t->used_resident : &t->free_resident) += resident;
	if (!used)
		free_chunks_count(&t->chunks, size);
}

static bool is_below(const void *chunk, uint64_t address)
{
	return *(const uint64_t *)chunk < address;
}

/* The first of the list from this address on. */
static size_t first_from(const struct addr_list *l, uint64_t at)
{
	return search_first(l->list, l->count, sizeof(*l->list), is_below, at);
}

/* Tell each chunk in use from a span's first to its top, or to its fence posts. The list of free ones is sorted. */
static void tell_span(struct reading *r, struct malloc_totals *t, const struct arena_span *s)
{
	const struct addr_list *lists = &r->free;
	size_t next_free = first_from(lists, s->chunks);
	uint64_t at = s->chunks;

	r->listener->span(r->listener->context, s->start, s->end);
	while (at + 16 <= s->end) {
		uint64_t head = image_word(r->im, at + 8), size = chunk_size(head);
		bool used;

		if (at == s->top) {
			count_chunk(t, r->pages, at, s->end - at, false);
			t->chunks.top += s->end - at;
			return;
		}
		if (!chunk_plausible(at, head, s->end))
			return;
		while (next_free < lists->count && lists->list[next_free] < at)
			next_free++;
		used = (image_word(r->im, at + size + 8) & PREV_INUSE) && !(next_free < lists->count && lists->list[next_free] == at);
		count_chunk(t, r->pages, at, size, used);
		if (used)
			r->listener->chunk(r->listener->context, at, size);
		at += size;
	}
}

/* -- Free lists ---------------------------------------------------------- */

static bool in_span(const struct arena_span *s, struct image *im, uint64_t chunk)
{
	return chunk >= s->chunks && chunk + MIN_CHUNK <= s->end && chunk_plausible(chunk, image_word(im, chunk + 8), s->end);
}

/* In any span: a thread's cache has chunks of all arenas, and an arena has several heaps. */
static bool is_chunk(const struct reading *r, uint64_t chunk)
{
	if (chunk % 16 != 0)
		return false;
	if (r->g->main_known && in_span(&r->g->main_span, r->im, chunk))
		return true;
	for (size_t i = 0; i < r->g->nspans; i++)
		if (in_span(&r->g->spans[i], r->im, chunk))
			return true;
	return false;
}

/* Since 2.32 links are mixed with their own address; which it is shows in what they lead to. */
static uint64_t follow(const struct reading *r, uint64_t field, uint64_t back)
{
	uint64_t raw = image_word(r->im, field), mixed = raw ^ field >> 12;

	if (raw == 0 || is_chunk(r, raw - back))
		return raw;
	return mixed != 0 && is_chunk(r, mixed - back) ? mixed : 0;
}

static void collect_fast_bins(struct reading *r, const uint64_t bins[FAST_BINS])
{
	for (int i = 0; i < FAST_BINS; i++) {
		uint64_t chunk = bins[i];

		for (int n = 0; n < MAX_LIST && chunk && is_chunk(r, chunk); n++) {
			push(r, &r->free, chunk);
			chunk = follow(r, chunk + 16, 0);
		}
	}
}

/* The chunk that begins a list of a cache; 0: none. False where no cache could have that. */
static bool cache_head(const struct reading *r, const struct cache_form *f, uint64_t cache, unsigned bin, uint64_t *entry)
{
	*entry = image_word(r->im, cache + 16 + f->entries_at + bin * 8u);
	if (*entry == 0)
		return true;
	return is_chunk(r, *entry - 16) && (bin >= SMALL_BINS || chunk_size(image_word(r->im, *entry - 8)) == MIN_CHUNK + bin * 16u);
}

static unsigned cache_count(const struct reading *r, const struct cache_form *f, uint64_t cache, unsigned bin)
{
	const uint8_t *p = image_at(r->im, raddr(cache + 16 + bin * f->counter), f->counter);

	return !p ? 0 : f->counter == 1 ? p[0] : p[0] | (unsigned)p[1] << 8;
}

/*
** A chunk is a thread's cache only if every one of its lists is as a cache has it: the size of its bin, and as long as the
** counter says. Any other block of that size may hold what it wants, so what a wrong list has had collected is given back.
*/
static void collect_cache(struct reading *r, uint64_t cache)
{
	const struct cache_form *f = cache_form(chunk_size(image_word(r->im, cache + 8)));
	const size_t before = r->free.count;
	bool is_cache = f != NULL;

	for (unsigned i = 0; is_cache && i < f->bins; i++) {
		uint64_t entry;
		unsigned n = 0;

		is_cache = cache_head(r, f, cache, i, &entry);
		for (; is_cache && entry && is_chunk(r, entry - 16) && n <= UINT16_MAX; n++) {
			push(r, &r->free, entry - 16);
			entry = follow(r, entry, 16);
		}
		is_cache = is_cache && (!f->counts_entries || n == cache_count(r, f, cache, i));
	}
	if (!is_cache)
		r->free.count = before;
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
static size_t find_main_arena(const struct libc_data *d, const struct arena_span *main)
{
	for (size_t at = 96; at + NEXT_AT + 8 <= d->size; at += 8) {
		uint64_t unsorted;

		if (data_word(d, at) != main->top)
			continue;
		unsorted = data_word(d, at + UNSORTED_AT);
		if (unsorted == d->start + at || (unsorted >= main->start && unsorted < main->end))
			return at;
	}
	return 0;
}

static bool add_heap(struct reading *r, uint64_t heap, uint64_t arena, uint64_t top)
{
	struct arena_span s = {.start = heap, .end = heap + image_word(r->im, heap + 16), .top = top};

	if (image_word(r->im, heap) != arena || s.end <= heap || s.end - heap > HEAP_MAX || r->g->nspans == MAX_ARENA_SPANS ||
	    !image_at(r->im, raddr(heap), s.end - heap))
		return false;
	s.chunks = arena - heap < PAGE ? arena + STATE_SIZE : heap + (arena % HEAP_MAX);
	s.chunks = (s.chunks + 15) & ~UINT64_C(15);
	if (!ends_well(r, &s))
		return false;
	r->g->spans[r->g->nspans++] = s;
	return true;
}

/* An arena of a thread starts in the first of its heaps, which are linked from the one that top is in. */
static void add_arena(struct reading *r, uint64_t arena)
{
	const uint64_t top = image_word(r->im, arena + TOP_AT);
	uint64_t heap = top & ~(uint64_t)(HEAP_MAX - 1);

	for (int n = 0; n < MAX_ARENA_SPANS && heap && add_heap(r, heap, arena, top); n++)
		heap = image_word(r->im, heap + 8);
}

static bool find_main(struct reading *r, uint64_t start, uint64_t end)
{
	struct arena_span s = {.start = start, .end = end};

	/* without address randomisation the program's data share the mapping, and the heap starts at a later page */
	for (int n = 0; n < START_TRIES && s.start < end && !(s.top = find_top(r, s.start, end)); n++)
		s.start += PAGE;
	if (!s.top || !image_at(r->im, raddr(s.start), s.end - s.start))
		return false;
	s.chunks = s.start;
	r->g->main_span = s;
	return r->g->main_known = true;
}

/* The other arenas, linked in a ring that begins and ends with the main one. */
static void find_others(struct reading *r, const struct libc_data *d, size_t main_arena, struct addr_list *arenas)
{
	uint64_t next = data_word(d, main_arena + NEXT_AT);

	for (int n = 0; n < MAX_ARENA_SPANS && next && next != d->start + main_arena - TOP_AT; n++) {
		if (!image_at(r->im, raddr(next), STATE_SIZE))
			return;
		push(r, arenas, next);
		add_arena(r, next);
		next = image_word(r->im, next + TOP_AT + NEXT_AT);
	}
}

static void find_free(struct reading *r, const struct libc_data *d, size_t main_arena, const struct addr_list *arenas)
{
	uint64_t bins[FAST_BINS];

	for (int i = 0; main_arena && i < FAST_BINS; i++)
		bins[i] = data_word(d, main_arena + FAST_BINS_AT + (size_t)i * 8);
	if (main_arena)
		collect_fast_bins(r, bins);
	for (size_t k = 0; k < arenas->count; k++) {
		for (int i = 0; i < FAST_BINS; i++)
			bins[i] = image_word(r->im, arenas->list[k] + TOP_AT + FAST_BINS_AT + (unsigned)i * 8);
		collect_fast_bins(r, bins);
	}
	for (size_t k = 0; k < r->caches.count; k++)
		collect_cache(r, r->caches.list[k]);
	merge_sort(r->free.list, r->free.count, sizeof(*r->free.list), by_address);
}

void glibc_walk(struct glibc *g, struct image *im, const struct pages *pages, uint64_t start, uint64_t end,
		const struct libc_data *data, const struct chunk_listener *listener)
{
	struct reading r = {.g = g, .im = im, .pages = pages, .listener = listener};
	struct addr_list arenas = {0};
	size_t main_arena;

	memset(g, 0, sizeof(*g));
	if (find_main(&r, start, end)) {
		main_arena = find_main_arena(data, &g->main_span);
		g->bins_known = main_arena != 0;
		if (main_arena)
			g->main_state = (struct arena_span){.start = data->start + main_arena - TOP_AT, .end = data->start + main_arena - TOP_AT + STATE_SIZE};
		if (main_arena)
			find_others(&r, data, main_arena, &arenas);
		find_free(&r, data, main_arena, &arenas);
		tell_span(&r, &g->main, &g->main_span);
		for (size_t i = 0; i < g->nspans; i++)
			tell_span(&r, &g->others, &g->spans[i]);
	}
	free(arenas.list);
	free(r.free.list);
	free(r.caches.list);
}

uint64_t glibc_large_block(struct image *im, uint64_t page, uint64_t limit)
{
	uint64_t before = image_word(im, page), head = image_word(im, page + 8), size = chunk_size(head);

	return before == 0 && (head & 7) == IS_MMAPPED && size >= PAGE && size % PAGE == 0 && size <= limit - page ? size : 0;
}
