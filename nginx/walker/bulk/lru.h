/* Caches of lua-resty-lrucache, known by their fields. Compiled once per variant of object.h. */
#ifndef HW_LRU_H
#define HW_LRU_H

#include "luajit/heap.h"
#include "paths/trie.h"

#define lru_find_name VARIANT(lru_find_name)
#define lru_count VARIANT(lru_count)

enum { LRU_ITEMS, LRU_MAX, LRU_SIZE, LRU_KEYS, LRU_VALUES, LRU_NAMES };
enum { LRU_SHORTEST = 4, LRU_LONGEST = 9 };	/* bytes of their names */

/* Addresses of the strings that are names of their fields; 0: not met yet. */
struct lru_names {
	uint64_t of[LRU_NAMES];
};

void lru_find_name(struct lru_names *l, const struct vm *vm, const uint8_t *s, uint64_t addr);
/* Count a table that has a field LRU_ITEMS at its path, if it has the others as well. */
void lru_count(const struct lru_names *l, const struct vm *vm, struct node *n, const uint8_t *t);

/* A string is reached: it may be such a name. A table's keys are reached before the table is looked at as a whole. */
static inline void lru_note_name(struct lru_names *l, const struct vm *vm, const uint8_t *s, uint64_t addr)
{
	if (get_u32(s + STR_LEN) - LRU_SHORTEST <= LRU_LONGEST - LRU_SHORTEST)
		lru_find_name(l, vm, s, addr);
}

#endif
