/*
** Dominators of a graph of objects, of which object 0 is the root: v's retained size is what would be freed if v were gone,
** v's own size and that of everything it dominates.
*/
#ifndef HW_DOMINATORS_H
#define HW_DOMINATORS_H

#include "paths/graph.h"

enum { NOT_REACHED = 0xffffffff };

/* Immediate dominators; the root's is itself, NOT_REACHED where no path leads. False when memory ran out. */
bool dominators_find(const struct graph *g, uint32_t *idom);
/* Add to each vertex's size what it dominates. False when memory ran out. */
bool dominators_add_retained(const struct graph *g, const uint32_t *idom, uint64_t *size);

#endif
