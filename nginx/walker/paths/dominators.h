/*
** Dominators of an object graph: v's retained size is what would be freed if v were gone,
** v's own size and that of everything it dominates.
*/
#ifndef HW_DOMINATORS_H
#define HW_DOMINATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOT_REACHED = 0xffffffff };

/* Vertices are 0..count-1; 0 is the root. A leaf has no edges of its own. */
struct graph {
	uint32_t count;
	const uint32_t *from, *to;	/* edges; duplicates do no harm */
	size_t nedges;
	const uint8_t *leaf;		/* one byte a vertex */
};

/* Immediate dominators; the root's is itself, NOT_REACHED where no path leads. False when memory ran out. */
bool dominators(const struct graph *g, uint32_t *idom);
/* Add to each vertex's size what it dominates. False when memory ran out. */
bool add_retained(const struct graph *g, const uint32_t *idom, uint64_t *size);

#endif
