/*
** ngx_cycle->shared_memory is found by its form, as its offset differs between versions: a list
** whose elements describe shared mappings that are there. The slab pool likewise has to agree with itself.
*/
#include "zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CYCLE_BYTES = 1024,
	/* ngx_list_t: last, part.elts, part.nelts, part.next, size, nalloc, pool */
	LIST_BYTES = 56,
	/* ngx_shm_zone_t: data, shm { addr, size, name { len, data }, log, exists }, init, tag, ... */
	ZONE_LEAST = 72, ZONE_MOST = 104,
	ZONE_ADDR = 8, ZONE_SIZE = 16, ZONE_NAME_LEN = 24, ZONE_NAME = 32, ZONE_TAG = 64,
	/* ngx_slab_pool_t, where the lock has a semaphore's counter beside it (all Linux builds) */
	SLAB_MIN_SIZE = 16, SLAB_MIN_SHIFT = 24, SLAB_PAGES = 32, SLAB_STATS = 72, SLAB_PFREE = 80, SLAB_START = 88, SLAB_END = 96,
	SLAB_BYTES = 104,
	SLAB_PAGE_BYTES = 24,
	STAT_BYTES = 32,			/* ngx_slab_stat_t: total, used, reqs, fails */
	PAGE_SHIFT_LEAST = 12, PAGE_SHIFT_MOST = 16,
	MAX_PARTS = 64,
};

static uint64_t word_at(const uint8_t *p, size_t at)
{
	uint64_t v;

	memcpy(&v, p + at, 8);
	return v;
}

/* The zone is the beginning of a shared mapping that holds all of it. */
static bool is_shared(const struct maps *maps, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < maps->count; i++)
		if (maps->list[i].start == start)
			return maps->list[i].shared && size > 0 && size <= maps->list[i].end - start;
	return false;
}

/* -- Slab pools ---------------------------------------------------------- */

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

static bool slab_valid(const struct zone *z, const uint8_t *pool)
{
	const uint64_t shift = word_at(pool, SLAB_MIN_SHIFT), start = word_at(pool, SLAB_START), pages = word_at(pool, SLAB_PAGES);

	return shift >= 3 && shift <= 8 && word_at(pool, SLAB_MIN_SIZE) == UINT64_C(1) << shift && word_at(pool, SLAB_END) == z->start + z->size &&
	       pages > z->start && pages < start && start < word_at(pool, SLAB_END) && word_at(pool, SLAB_STATS) > z->start &&
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

static void slab_read(struct zone *z, pid_t pid)
{
	uint8_t pool[SLAB_BYTES], stats[STAT_BYTES * PAGE_SHIFT_MOST];
	uint64_t pages, in_slots = 0, chunk_bytes = 0;
	unsigned page_shift, least;

	if (z->size < sizeof(pool) || memory_read(pid, raddr(z->start), pool, sizeof(pool)) != 0 || !slab_valid(z, pool))
		return;
	page_shift = find_page_shift(pool);
	least = (unsigned)word_at(pool, SLAB_MIN_SHIFT);
	pages = (word_at(pool, SLAB_END) - word_at(pool, SLAB_START)) >> page_shift;
	if (page_shift == 0 || word_at(pool, SLAB_PFREE) > pages ||
	    memory_read(pid, raddr(word_at(pool, SLAB_STATS)), stats, (page_shift - least) * STAT_BYTES) != 0)
		return;
	for (unsigned shift = least; shift < page_shift; shift++) {
		const uint8_t *stat = stats + (shift - least) * STAT_BYTES;

		if (word_at(stat, 8) > word_at(stat, 0))
			return;
		in_slots += slot_pages(word_at(stat, 0), shift, page_shift);
		chunk_bytes += word_at(stat, 8) << shift;
	}
	if (in_slots + word_at(pool, SLAB_PFREE) > pages)
		return;
	z->slab = true;
	z->capacity = pages << page_shift;
	z->free = word_at(pool, SLAB_PFREE) << page_shift;
	z->used = chunk_bytes + ((pages - in_slots - word_at(pool, SLAB_PFREE)) << page_shift);
}

/* -- The list of zones --------------------------------------------------- */

static bool zone_read(struct zone *z, const uint8_t *element, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	uint64_t length = word_at(element, ZONE_NAME_LEN);
	char *plus;

	memset(z, 0, sizeof(*z));
	z->start = word_at(element, ZONE_ADDR);
	z->size = word_at(element, ZONE_SIZE);
	if (!is_shared(maps, z->start, z->size))
		return false;
	if (length >= sizeof(z->name))
		length = sizeof(z->name) - 1;
	if (memory_read(pid, raddr(word_at(element, ZONE_NAME)), z->name, length) != 0)
		return false;
	symbols_name(s, word_at(element, ZONE_TAG), z->owner, sizeof(z->owner));
	plus = strchr(z->owner, '+');	/* no symbol stands at the tag itself */
	if (plus)
		z->owner[0] = '\0';
	slab_read(z, pid);
	return true;
}

static void part_read(struct zones *z, const uint8_t *part, uint64_t element_size, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	const uint64_t count = word_at(part, 8);
	uint8_t element[ZONE_MOST];

	for (uint64_t i = 0; i < count && z->count < MAX_ZONES; i++) {
		if (memory_read(pid, raddr(word_at(part, 0) + i * element_size), element, element_size) != 0)
			return;
		if (zone_read(&z->list[z->count], element, s, maps, pid))
			z->count++;
	}
}

static bool is_zone_list(const uint8_t *list, const struct maps *maps, pid_t pid)
{
	const uint64_t size = word_at(list, 32), elements = word_at(list, 8), count = word_at(list, 16), room = word_at(list, 40);
	uint8_t element[ZONE_MOST];

	return size >= ZONE_LEAST && size <= ZONE_MOST && size % 8 == 0 && count > 0 && room > 0 && room <= 4096 && count <= room &&
	       memory_read(pid, raddr(elements), element, size) == 0 &&
	       is_shared(maps, word_at(element, ZONE_ADDR), word_at(element, ZONE_SIZE));
}

void zones_read(struct zones *z, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	uint64_t symbol = symbols_find(s, "ngx_cycle"), cycle;
	uint8_t bytes[CYCLE_BYTES], part[24];

	memset(z, 0, sizeof(*z));
	if (!symbol || memory_read(pid, raddr(symbol), &cycle, 8) != 0 || memory_read(pid, raddr(cycle), bytes, sizeof(bytes)) != 0)
		return;
	z->list = calloc(MAX_ZONES, sizeof(*z->list));
	for (size_t at = 0; z->list && at + LIST_BYTES <= sizeof(bytes); at += 8) {
		const uint8_t *list = bytes + at;

		if (!is_zone_list(list, maps, pid))
			continue;
		memcpy(part, list + 8, sizeof(part));
		for (int n = 0; n < MAX_PARTS; n++) {
			part_read(z, part, word_at(list, 32), s, maps, pid);
			if (!word_at(part, 16) || memory_read(pid, raddr(word_at(part, 16)), part, sizeof(part)) != 0)
				break;
		}
		return;
	}
}

void zones_free(struct zones *z)
{
	free(z->list);
	memset(z, 0, sizeof(*z));
}
