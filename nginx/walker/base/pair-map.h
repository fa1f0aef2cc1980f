/* Hash map from a pair of numbers to a number. */
#ifndef HW_PAIR_MAP_H
#define HW_PAIR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NO_VALUE = 0xffffffff };

struct pair_map {
	struct pair_slot {
		uint64_t a, b;
		uint32_t value;	/* NO_VALUE: empty */
	} *slots;
	size_t count, room;
};

/* The value, or NO_VALUE where there is none. */
uint32_t pair_map_get(const struct pair_map *m, uint64_t a, uint64_t b);
bool pair_map_put(struct pair_map *m, uint64_t a, uint64_t b, uint32_t value);
/* Without pairs, as it was when it was new; its memory stays. */
void pair_map_empty(struct pair_map *m);
void pair_map_clear(struct pair_map *m);

#endif
