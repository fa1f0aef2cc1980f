#define _GNU_SOURCE
#include "zones/zone-arena.h"
#include "image/populate.h"

#include <string.h>
#include <sys/mman.h>

enum { SLACK = 8 << 20 };	/* bytes: room for what zones gain between reserving and the freeze */

void zone_arena_reserve(struct zone_arena *a, uint64_t bytes)
{
	void *p;

	memset(a, 0, sizeof(*a));
	if (bytes == 0)
		return;
	if (bytes > ZONE_COPY_MOST)
		bytes = ZONE_COPY_MOST;
	p = mmap(NULL, bytes + SLACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return;
	a->bytes = p;
	a->size = bytes + SLACK;
	madvise(p, a->size, MADV_HUGEPAGE);	/* only speed: a refusal of either is no error */
	madvise(p, bytes, MADV_POPULATE_WRITE);
}

void zone_arena_free(struct zone_arena *a)
{
	if (a->bytes)
		munmap(a->bytes, a->size);
	memset(a, 0, sizeof(*a));
}
