/* The tree that nginx's own modules keep in their zones: one node for each client, cached file or session. */
#ifndef HW_ZONE_TREE_H
#define HW_ZONE_TREE_H

#include "zones/zone-copy.h"

/* How many nodes the tree of which the ngx_rbtree_t is at this address has. False where it is none. */
bool zone_tree_count(const struct zone_copy *c, uint64_t tree, uint64_t *count);

#endif
