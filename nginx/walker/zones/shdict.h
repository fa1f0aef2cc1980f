/* What a lua_shared_dict holds: its entries by whether and when they expire. */
#ifndef HW_SHDICT_H
#define HW_SHDICT_H

#include "zones/zone-copy.h"

struct entry_tally {
	uint64_t entries;
	uint64_t bytes;		/* of the slab's chunks and pages that they take, the values of a list included */
};

enum shdict_age { AGE_LASTING, AGE_EXPIRING, AGE_EXPIRED, NAGES };

struct shdict {
	bool known;
	struct entry_tally ages[NAGES];
	uint64_t lasting_keys;	/* sum of the hashes of the keys that never expire: it changes where others take their place */
	uint64_t ttl_ms;	/* the longest time that an expiring entry still has */
	int oldest;		/* age of what was used least recently, which a full dictionary throws out next; -1: it is empty */
};

/* The names that resty-heap/1 has for the ages. */
extern const char *const shdict_age_names[NAGES];

/*
** Whether a pool is a dictionary's, by what the error log says of it. A fork of the Lua module may keep its dictionaries
** in a module of another name.
*/
bool shdict_is(const struct slab_pool *pool, pid_t pid);

/* Address of a dictionary whose module has not told its pool where it is, from what the zone has as its data; 0: not found. */
uint64_t shdict_find(const struct slab_pool *pool, uint64_t zone_data, pid_t pid);

/*
** Count the entries of the dictionary at `head`. Not known unless they and the dictionary's own two allocations add up to
** the bytes that the slab pool has in use: nothing else proves that the layout is the one this reader expects.
*/
void shdict_read(struct shdict *d, uint64_t head, const struct zone_copy *c, const struct slab_pool *pool, uint64_t name_length,
		 uint64_t now_ms);

#endif
