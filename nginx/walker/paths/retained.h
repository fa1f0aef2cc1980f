/* Retained bytes of paths: what would be freed if all objects at a path were gone, as far as one of them holds it alone. */
#ifndef HW_RETAINED_H
#define HW_RETAINED_H

#include "paths/graph.h"
#include "paths/trie.h"

/*
** Fill in node->retained and node->freed of each path from the graph of its objects, whose sizes become what they retain. `became` tells
** which path each was folded into. An object that another one at the same path dominates is not counted again. False when
** memory ran out.
*/
bool retained_by_path(struct trie *paths, struct graph *g, const uint32_t *became);

#endif
