/* How full tables are. Static, for the variant of object.h that the including file is compiled for. */
#ifndef HW_TABLE_SLOTS_H
#define HW_TABLE_SLOTS_H

#include "luajit/heap.h"
#include "paths/trie.h"

/* A table of that path has so many entries in its array part and in its hash part. */
static inline void table_slots_count(struct node *n, const uint8_t *t, uint64_t array_used, uint64_t hash_used)
{
	int8_t colo = (int8_t)t[TAB_COLO];
	uint32_t asize = get_u32(t + TAB_ASIZE);

	n->array_used += array_used;
	n->array_slots += asize > 0 ? asize - 1 : 0;	/* slot 0 is there too, but Lua arrays begin at 1 */
	n->hash_used += hash_used;
	n->hash_slots += heap_hash_slots(t);
	n->slot_bytes += (uint64_t)asize * 8 + (colo < 0 ? (uint64_t)(colo & 0x7f) * 8 : 0) +
			 heap_hash_slots(t) * NODE_SIZE;
}

#endif
