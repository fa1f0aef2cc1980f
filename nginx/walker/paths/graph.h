/* Objects and references in the order they were met: what dominators are found in. Object 0 is the root of all roots. */
#ifndef HW_GRAPH_H
#define HW_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
** Objects and references up to which dominators cost less than a second: each takes some 0.15 microseconds of a processor
** that others use, too, so that these take 0.6 s.
*/
#define GRAPH_CHEAP UINT64_C(4000000)

struct graph {
	uint64_t most;			/* objects and references together beyond which it is given up; 0: any number */
	bool given_up;			/* from then on objects have their paths, and nothing else is known */
	uint32_t *path;			/* per object */
	uint64_t *size;
	uint8_t *leaf;			/* it refers to nothing */
	uint64_t *freed;		/* bytes of malloc that its finalizer frees; NULL: of none */
	uint32_t count, room;
	uint32_t *from, *to;		/* references */
	size_t nedges, edges_room;
};

/* Add an object, whose number is the count before. False when memory ran out. */
bool graph_add(struct graph *g, uint32_t path, uint64_t size, bool leaf);
bool graph_refer(struct graph *g, uint32_t from, uint32_t to);
/* All objects are there; the finalizer of this one frees so many bytes of malloc. False when memory ran out. */
bool graph_frees(struct graph *g, uint32_t object, uint64_t bytes);
/* Forget all objects, but keep the memory; what was given up stays so. */
void graph_clear(struct graph *g);
void graph_free(struct graph *g);

#endif
