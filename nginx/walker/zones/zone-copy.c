#define _GNU_SOURCE
#include "zones/zone-copy.h"
#include "base/clock.h"
#include "base/page.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 3,		/* for a moment at which no other worker changes the zone */
	LOCK_TRIES = 100,	/* an operation on a dictionary takes microseconds */
	/*
	** Of an allocation of whole pages only the beginning is needed: where a list begins, which is behind a key of
	** at most 64 KB.
	*/
	HEAD_BYTES = (64 << 10) + PAGE,
};

/* Pages of this run that are worth a copy. */
static uint64_t pages_wanted(const struct slab_run *run, unsigned page_shift)
{
	const uint64_t head = (HEAD_BYTES + (UINT64_C(1) << page_shift) - 1) >> page_shift;

	return run->free ? 0 : run->count < head ? run->count : head;
}

struct copying {
	struct zone_copy *copy;
	const struct slab_pool *pool;
	struct zone_arena *arena;
	pid_t pid;
	uint64_t deadline_ns;
	uint64_t from, count;	/* pages that lie side by side and are not copied yet */
	uint64_t pages;		/* copied */
	size_t taken;		/* of the arena */
};

static bool copy_pending(struct copying *k)
{
	const unsigned shift = k->pool->page_shift;
	const size_t size = (size_t)(k->count << shift);

	if (k->count == 0)
		return true;
	if (k->taken + size > k->arena->size || (k->deadline_ns && clock_monotonic_ns() > k->deadline_ns) ||
	    memory_read(k->pid, raddr(k->pool->start + (k->from << shift)), k->arena->bytes + k->taken, size) != 0)
		return false;
	for (uint64_t i = 0; i < k->count; i++)
		k->copy->slots[k->from + i] = (uint32_t)++k->pages;
	k->taken += size;
	assert(k->taken <= k->arena->size);
	k->count = 0;
	return true;
}

/* All pages in use, those side by side in one go. False where a descriptor makes no sense, or room or time ran out. */
static bool copy_pages(struct copying *k, const uint8_t *descriptors)
{
	const uint64_t piece = (UINT64_C(1) << 20) >> k->pool->page_shift;	/* between two looks at the clock */
	uint64_t free_pages = 0;
	struct slab_run run;

	for (uint64_t page = 0; page < k->pool->npages; page += run.count) {
		uint64_t wanted;

		if (!slab_run_at(k->pool, descriptors, page, &run))
			return false;
		free_pages += run.free ? run.count : 0;
		wanted = pages_wanted(&run, k->pool->page_shift);
		if ((k->count > 0 && k->from + k->count != page) || k->count > piece) {
			if (!copy_pending(k))
				return false;
		}
		if (wanted == 0)
			continue;
		if (k->count == 0)
			k->from = page;
		k->count += wanted;
	}
	return copy_pending(k) && free_pages == k->pool->free_pages;
}

static bool same_state(const struct slab_pool *one, const struct slab_pool *other)
{
	return !other->locked && one->used == other->used && one->requests == other->requests && one->failures == other->failures &&
	       one->free_pages == other->free_pages;
}

/* The pool at a moment at which nobody holds its lock. */
static bool read_unlocked(struct slab_pool *pool, pid_t pid)
{
	const uint64_t at = pool->at, size = pool->end - pool->at;

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!slab_read(pool, at, size, pid))
			return false;
		if (!pool->locked)
			return true;
		sched_yield();
	}
	return false;
}

void zone_copy_take(struct zone_copy *c, struct slab_pool *pool, struct zone_arena *a, pid_t pid, uint64_t deadline_ns)
{
	const size_t table = (size_t)(pool->npages * SLAB_PAGE_BYTES);
	uint8_t *descriptors = a->bytes ? malloc(table) : NULL;

	c->start = pool->start;
	c->page_shift = pool->page_shift;
	c->npages = pool->npages;
	c->slots = descriptors ? malloc((size_t)pool->npages * sizeof(*c->slots)) : NULL;
	for (int i = 0; c->slots && !c->whole && i < TRIES; i++) {
		struct slab_pool now = *pool;
		struct copying k = {.copy = c, .pool = &now, .arena = a, .pid = pid, .deadline_ns = deadline_ns, .taken = a->taken};

		if (!read_unlocked(&now, pid) || now.data != pool->data || memory_read(pid, raddr(now.pages), descriptors, table) != 0)
			break;
		memset(c->slots, 0, (size_t)pool->npages * sizeof(*c->slots));
		if (copy_pages(&k, descriptors)) {
			struct slab_pool after = now;

			c->whole = slab_read(&after, now.at, now.end - now.at, pid) && same_state(&now, &after);
		}
		if (c->whole) {
			c->bytes = a->bytes + a->taken;
			a->taken = k.taken;
			*pool = now;
		}
	}
	free(descriptors);
}

void zone_copy_free(struct zone_copy *c)
{
	free(c->slots);
	memset(c, 0, sizeof(*c));
}

const uint8_t *zone_copy_bytes(const struct zone_copy *c, uint64_t address, size_t size)
{
	const uint64_t at = address - c->start, page = at >> c->page_shift, within = at & ((UINT64_C(1) << c->page_shift) - 1);

	if (address < c->start || page >= c->npages || c->slots[page] == 0 || size > (UINT64_C(1) << c->page_shift) - within)
		return NULL;
	return c->bytes + ((size_t)(c->slots[page] - 1) << c->page_shift) + within;
}

uint64_t zone_copy_word(const struct zone_copy *c, uint64_t address, bool *bad)
{
	const uint8_t *p = address % 8 == 0 ? zone_copy_bytes(c, address, 8) : NULL;
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	else
		*bad = true;
	return v;
}
