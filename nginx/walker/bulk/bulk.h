/*
** Marking in bulk: the many references that lead from tables of one path to one other path. They are taken in slices, by
** two threads where there are two processors and no other thread is busy. What is found does not depend on who took which:
** sums have no order, and each slice has its own list of what it found first. Compiled once per variant of object.h.
**
** Only what is simple is done in bulk: strings, tables, functions and threads are reached, and tables without a metatable
** and without a hash part are traversed. All else is left, in order, for the marker to do as ever.
*/
#ifndef HW_BULK_H
#define HW_BULK_H

#include "base/addr-list.h"
#include "bulk/lru.h"

#define bulk_array VARIANT(bulk_array)
#define bulk_tables VARIANT(bulk_tables)
#define bulk_mostly_simple VARIANT(bulk_mostly_simple)
#define bulk_outcome_free VARIANT(bulk_outcome_free)

enum { BULK_FROM = 1 << 16 };	/* references, or tables, from which on it is worth a thread: some milliseconds */

struct bulk_list {
	uint8_t **list;			/* copies of objects */
	size_t count, room;
};

/* What came of it, or of one slice. */
struct bulk_outcome {
	struct node tables, items;	/* sums alone: of the tables that were traversed, and of what was reached */
	uint64_t used;			/* values in the array */
	struct tally fixed;		/* pinned strings that were reached */
	struct lru_names lru;
	uint64_t spent;			/* bytes that objects and slots take: see marker.c's spend() */
	struct bulk_list found;		/* tables, functions and threads that were reached, each once */
	struct bulk_list tables_left;
	struct addr_list values_left;
	bool failed;			/* out of memory */
};

struct bulk {
	struct vm *vm;
	const struct trie *trie;
	uint32_t node, items;		/* path of the tables, and that of what they refer to; NO_NODE: not there yet */
	uint64_t worth;			/* see bulk_from of struct marking */
	uint64_t budget;		/* it ends early where more than that is spent */
	bool light;			/* light userdata are of interest */
	const bool *busy;		/* whether a thread beside this one has work of its own, changed atomically; NULL: none has */
};

/* What the values of an array refer to. The outcome is to be freed. */
struct bulk_outcome bulk_array(const struct bulk *b, const uint8_t *array, uint64_t count);
/* Tables, and what their arrays refer to. */
struct bulk_outcome bulk_tables(const struct bulk *b, uint8_t *const *tables, size_t count);
/* Whether most of these tables are simple: a guess from the first `looked` of them. */
bool bulk_mostly_simple(uint8_t *const *tables, size_t looked);
void bulk_outcome_free(struct bulk_outcome *o);

#endif
