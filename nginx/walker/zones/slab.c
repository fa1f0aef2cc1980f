/* An ngx_slab_pool_t is found by its form: its fields have to agree with each other and with the zone that it is in. */
#include "zones/slab.h"
#include "base/word.h"

#include <string.h>

enum {
	/* ngx_slab_pool_t, where the lock has a semaphore's counter beside it (all Linux builds) */
	SLAB_LOCK = 0, SLAB_MIN_SIZE = 16, SLAB_MIN_SHIFT = 24, SLAB_PAGES = 32, SLAB_STATS = 72, SLAB_PFREE = 80, SLAB_START = 88,
	SLAB_END = 96, SLAB_MUTEX = 104, SLAB_LOG_CONTEXT = 168, SLAB_DATA = 184, SLAB_ADDR = 192,
	SLAB_BYTES = 200,
	STAT_BYTES = 32,	/* ngx_slab_stat_t: total, used, reqs, fails */
	STAT_USED = 8, STAT_REQUESTS = 16, STAT_FAILURES = 24,
	PAGE_SHIFT_LEAST = 12, PAGE_SHIFT_MOST = 16,
	/* the two low bits of a descriptor's `prev` */
	CHUNKS_MASK = 3,
};

/* Bit of a descriptor's `slab` where an allocation of whole pages begins; the rest is their number. */
static const uint64_t PAGES_START = UINT64_C(1) << 63;

/* Pages that the slots of one size have, from how many chunks they have: some hold their own bitmap. */
static uint64_t slot_pages(uint64_t chunks, unsigned shift, unsigned page_shift)
{
	const unsigned exact = page_shift - 6;	/* a word of bits for a page */
	uint64_t per_page = UINT64_C(1) << (page_shift - shift);

	if (shift < exact) {
		uint64_t bitmap = per_page / ((UINT64_C(1) << shift) * 8);

		per_page -= bitmap ? bitmap : 1;
	}
	return (chunks + per_page - 1) / per_page;
}

static bool pool_valid(uint64_t at, uint64_t size, const uint8_t *pool)
{
	const uint64_t shift = word_at(pool, SLAB_MIN_SHIFT), start = word_at(pool, SLAB_START), pages = word_at(pool, SLAB_PAGES);

	return shift >= 3 && shift <= 8 && word_at(pool, SLAB_MIN_SIZE) == UINT64_C(1) << shift && word_at(pool, SLAB_END) == at + size &&
	       pages > at && pages < start && start < word_at(pool, SLAB_END) && word_at(pool, SLAB_STATS) > at &&
	       word_at(pool, SLAB_STATS) < pages;
}

/* Between `pages` and `start` lies one descriptor for each page: that tells the page size. */
static unsigned find_page_shift(const uint8_t *pool)
{
	const uint64_t start = word_at(pool, SLAB_START), table = start - word_at(pool, SLAB_PAGES);

	for (unsigned shift = PAGE_SHIFT_LEAST; shift <= PAGE_SHIFT_MOST; shift += 2) {
		const uint64_t pages = (word_at(pool, SLAB_END) - start) >> shift;

		if (table >= pages * SLAB_PAGE_BYTES && table < pages * SLAB_PAGE_BYTES + (UINT64_C(2) << shift))
			return shift;
	}
	return 0;
}

/* Sums over the slots of all sizes. False where one uses more chunks than it has. */
static bool slots_read(struct slab_pool *s, const uint8_t *stats)
{
	uint64_t in_slots = 0;

	for (unsigned shift = s->least_shift; shift < s->page_shift; shift++) {
		const uint8_t *stat = stats + (shift - s->least_shift) * STAT_BYTES;

		if (word_at(stat, STAT_USED) > word_at(stat, 0))
			return false;
		in_slots += slot_pages(word_at(stat, 0), shift, s->page_shift);
		s->used += word_at(stat, STAT_USED) << shift;
		s->requests += word_at(stat, STAT_REQUESTS);
		s->failures += word_at(stat, STAT_FAILURES);
	}
	if (in_slots + s->free_pages > s->npages)
		return false;
	s->used += (s->npages - in_slots - s->free_pages) << s->page_shift;
	return true;
}

static uint64_t in_pages(const struct slab_pool *s, uint64_t address)
{
	return address >= s->start && address < s->end ? address : 0;
}

bool slab_read(struct slab_pool *s, uint64_t at, uint64_t size, pid_t pid)
{
	uint8_t pool[SLAB_BYTES], stats[STAT_BYTES * PAGE_SHIFT_MOST];

	memset(s, 0, sizeof(*s));
	if (size < sizeof(pool) || memory_read(pid, raddr(at), pool, sizeof(pool)) != 0 || !pool_valid(at, size, pool))
		return false;
	s->at = at;
	s->pages = word_at(pool, SLAB_PAGES);
	s->start = word_at(pool, SLAB_START);
	s->end = word_at(pool, SLAB_END);
	s->page_shift = find_page_shift(pool);
	s->least_shift = (unsigned)word_at(pool, SLAB_MIN_SHIFT);
	s->npages = (s->end - s->start) >> s->page_shift;
	s->free_pages = word_at(pool, SLAB_PFREE);
	s->locked = word_at(pool, SLAB_LOCK) != 0;
	/* The mutex points at the lock and the pool at itself: only then is what lies between as expected. */
	if (word_at(pool, SLAB_MUTEX) == at && word_at(pool, SLAB_ADDR) == at) {
		s->data = in_pages(s, word_at(pool, SLAB_DATA));
		s->log_context = in_pages(s, word_at(pool, SLAB_LOG_CONTEXT));
	}
	return s->page_shift != 0 && s->free_pages <= s->npages &&
	       memory_read(pid, raddr(word_at(pool, SLAB_STATS)), stats, (s->page_shift - s->least_shift) * STAT_BYTES) == 0 &&
	       slots_read(s, stats);
}

uint64_t slab_room(const struct slab_pool *s, uint64_t size)
{
	const uint64_t page = UINT64_C(1) << s->page_shift;
	uint64_t chunk = UINT64_C(1) << s->least_shift;

	if (size > page / 2)
		return (size + page - 1) & ~(page - 1);
	while (chunk < size)
		chunk <<= 1;
	return chunk;
}

bool slab_run_at(const struct slab_pool *s, const uint8_t *descriptors, uint64_t page, struct slab_run *run)
{
	const uint8_t *d = descriptors + page * SLAB_PAGE_BYTES;
	const uint64_t slab = word_at(d, 0), next = word_at(d, 8), prev = word_at(d, 16);

	*run = (struct slab_run){.page = page, .count = 1};
	if ((prev & CHUNKS_MASK) != 0)
		return true;
	run->free = !(slab & PAGES_START);
	if (run->free && next == 0)	/* free pages are in a list */
		return false;
	run->count = slab & ~PAGES_START;
	return run->count > 0 && run->count <= s->npages - page;
}
