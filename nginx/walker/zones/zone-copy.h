/* A copy of what a shared zone holds, so that it can be walked while nginx goes on changing the zone. */
#ifndef HW_ZONE_COPY_H
#define HW_ZONE_COPY_H

#include "zones/slab.h"
#include "zones/zone-arena.h"

struct zone_copy {
	bool whole;		/* everything in use was copied, and nobody changed it meanwhile */
	uint64_t start;		/* address of the first page in the zone */
	unsigned page_shift;
	uint64_t npages;
	uint32_t *slots;	/* for each page of the zone which page of `bytes` it is, from 1; 0: not copied */
	uint8_t *bytes;		/* in the arena */
};

/*
** Copy the pages in use. `pool` is read again before and after: where it was locked or changed, another process is at work,
** and after some tries the copy is left out. Stops where deadline_ns (0: none) has passed.
*/
void zone_copy_take(struct zone_copy *c, struct slab_pool *pool, struct zone_arena *a, pid_t pid, uint64_t deadline_ns);
void zone_copy_free(struct zone_copy *c);

/* What lies there in the zone; NULL unless all of it was copied and lies in one page. */
const uint8_t *zone_copy_bytes(const struct zone_copy *c, uint64_t address, size_t size);
uint64_t zone_copy_word(const struct zone_copy *c, uint64_t address, bool *bad);

#endif
