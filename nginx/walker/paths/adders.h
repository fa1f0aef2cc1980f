/* Which lines store into what is at each path, as far as the bytecode of functions says so. */
#ifndef HW_ADDERS_H
#define HW_ADDERS_H

#include "base/line.h"
#include "paths/trie.h"

/* One instruction that stores; once settled, one line. */
struct adder {
	uint32_t node;			/* first, see path-list.h */
	bool replaces;			/* it puts another value in the place of what is here; false: it adds entries to the tables here */
	const uint8_t *proto;		/* copy of the GCproto */
	uint32_t line;
	uint32_t function;		/* path of the function, for its name; NO_NODE: a function within one, which has none */
	uint32_t text;			/* step of `texts`, once settled */
	uint32_t source;		/* index in the VM's sources, once those are written */
};

struct adders {
	struct adder *list;
	uint32_t count;
	size_t room;
	struct trie texts;		/* only as an interner */
};

/* False when memory ran out. */
bool adders_add(struct adders *a, struct adder one);
void adders_free(struct adders *a);

/* Once the chains are folded: each line once, by path and text. False when memory ran out. */
bool adders_settle(struct adders *a, struct vm *vm, const uint32_t *became);
/* Those of a path that are written, of either kind as many as are shown. */
struct adder *adders_of(struct adders *a, uint32_t node, uint32_t *count);
/* Write ,"add":[[4,"go"],[9,null]],"set":[[3,null]] for a path that has any. */
void adders_write(struct line *l, struct adders *a, const struct trie *paths, uint32_t node);

#endif
