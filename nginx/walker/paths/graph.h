/* Objects and references in the order they were met: what dominators are found in. Object 0 is the root of all roots. */
#ifndef HW_GRAPH_H
#define HW_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct graph {
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
/* Forget all objects, but keep the memory. */
void graph_clear(struct graph *g);
void graph_free(struct graph *g);

#endif
