/* Where the functions, threads and prototypes at each path are defined, with counts. */
#ifndef HW_DEFINITIONS_H
#define HW_DEFINITIONS_H

#include "base/line.h"
#include "paths/trie.h"

/* Objects at one path that have one prototype; once settled, one source. */
struct definition {
	uint32_t node;			/* first, see path-list.h */
	uint32_t text;			/* step of `texts`, once settled */
	uint32_t source;		/* index in the VM's sources, once those are written */
	const uint8_t *proto;		/* copy of the GCproto */
	uint64_t objects;
};

struct definitions {
	struct definition *list;
	uint32_t count;
	size_t room;
	struct pair_map index;		/* (node, prototype) -> list */
	uint32_t last;			/* of the list: neighbours are alike */
	struct trie texts;		/* only as an interner */
};

/* Count one object. `is_new`: it is the first of its prototype at this path. False when memory ran out. */
bool definitions_count(struct definitions *d, uint32_t node, const uint8_t *proto, bool *is_new);
void definitions_clear(struct definitions *d);
void definitions_free(struct definitions *d);

/* Once the chains are folded: take those of one source together, by path, the most objects first. False when memory ran out. */
bool definitions_settle(struct definitions *d, struct vm *vm, const uint32_t *became);
/* Those of a path that are written by their source, the most objects first; the others are one. */
struct definition *definitions_shown(struct definitions *d, uint32_t node, uint32_t *count);
/* Write ,"def":[[4,200],[-1,3]] for a path that has any. */
void definitions_write(struct line *l, struct definitions *d, uint32_t node);

#endif
