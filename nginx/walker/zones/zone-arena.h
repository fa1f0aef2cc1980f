/* Memory for the copies of zones. */
#ifndef HW_ZONE_ARENA_H
#define HW_ZONE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Room for the copies of all zones, made before the freeze. */
struct zone_arena {
	uint8_t *bytes;
	size_t size, taken;
};

/* Bytes of all zones together that are copied at the most: beyond it a zone's entries are left out rather than the worker kept waiting. */
enum { ZONE_COPY_MOST = 256 << 20 };

/* Make room for what the zones hold now and some more; touched now rather than while the process stands still. Without memory it is empty. */
void zone_arena_reserve(struct zone_arena *a, uint64_t bytes);
void zone_arena_free(struct zone_arena *a);

#endif
