/*
** Reference paths as a parent-linked trie: a path is never a string while the heap is
** walked. A repeating step links back into the trie, so a chain as deep as the heap has
** a handful of nodes.
*/
#ifndef HW_TRIE_H
#define HW_TRIE_H

#include "paths/class.h"
#include "base/pair-map.h"
#include "luajit/vm.h"

#include <stdlib.h>

enum entry_kind {
	ENTRY_NUMBER, ENTRY_STRING, ENTRY_BOOLEAN, ENTRY_TABLE, ENTRY_FUNCTION, ENTRY_CDATA, ENTRY_USERDATA, ENTRY_THREAD,
	ENTRY_LIGHTUD, NENTRIES
};
extern const char *const trie_entry_steps[NENTRIES];

enum { NO_NODE = NO_VALUE, NO_STEP = NO_VALUE };

struct node {
	uint32_t parent, step, depth;
	uint32_t first_child, next_sibling;
	uint32_t pending;		/* objects found for this node in the level being walked */
	uint64_t slots_found;		/* of the hash parts of tables found for it: it has no more string keys */
	uint8_t chain;			/* period of the chain that ends here and links back; 0: none */
	uint8_t weak;			/* 1 keys, 2 values */
	uint8_t collapse;		/* string keys are taken together: 0 undecided, 1 no, 2 yes */
	struct tally own[NTYPES];
	uint64_t entries[NENTRIES];
	uint64_t array_used, array_slots, hash_used, hash_slots, slot_bytes;
	uint64_t payload;
	struct tally malloc;		/* blocks of malloc that the objects here hold, see holders.h */
	uint64_t retained;		/* by dominators; only where asked for */
	uint64_t freed;			/* of malloc, by finalizers of what is retained */
	uint64_t lru_objects, lru_items, lru_max;
	uint64_t metatables;		/* tables with a field __index */
	uint64_t idle;			/* threads with an empty stack */
	const uint8_t *source;		/* copy of the GCproto with the smallest source among this path's functions */
	const struct class *class;	/* of this path's tables; NULL: none has one */
	uint64_t classed;		/* tables that have one */
};

struct step {
	const char *text;
	uint32_t length;
};

/* Texts of steps, one after another: most are short, and none goes before all do. */
struct step_texts {
	struct step_texts *before;
	size_t length, room;
	char text[];
};

struct trie {
	struct node *nodes;
	uint32_t nnodes;
	size_t nodes_room;
	struct step *steps;
	struct step_texts *kept;		/* of the steps */
	uint32_t nsteps;
	size_t steps_room;
	struct pair_map children;	/* (parent, step) -> node */
	struct pair_map texts;		/* (hash, probe) -> step */
	bool failed;			/* out of memory: everything after is void */
};

void trie_init(struct trie *t);
void trie_free(struct trie *t);
/* Drop all nodes; the texts of steps, and the memory of nodes, are there for those that come. */
void trie_empty(struct trie *t);
/* The number of a step's text, which is kept once (step.c). */
uint32_t trie_step(struct trie *t, const char *text, size_t length);
/* The step for a string key: .name or ["any key"]. */
uint32_t trie_step_for_key(struct trie *t, const uint8_t *key, size_t length);
uint32_t trie_root(struct trie *t, const char *name);
/* The node one step below parent; made where it isn't there, linked back where the step goes on a chain. */
uint32_t trie_child(struct trie *t, uint32_t parent, uint32_t step);
/* Order of paths: root order, then step by step, bytewise. */
int trie_compare(const struct trie *t, uint32_t a, uint32_t b);

/* Add what one node has of objects, entries and what is told of them to another. */
void trie_absorb(struct node *into, const struct node *from);

/* The trie that trie_sort() is sorting by: qsort() has no context argument in C11. */
extern const struct trie *trie_sorting;
/* qsort(), whose comparison may look at trie_sorting. */
void trie_sort(const struct trie *t, void *list, size_t count, size_t item_size, int (*order)(const void *a, const void *b));

#endif
