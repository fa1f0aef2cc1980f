/* ngx_rbtree_t and ngx_rbtree_node_t, the same in all versions. */
#ifndef HW_RBTREE_H
#define HW_RBTREE_H

enum {
	RBTREE_ROOT = 0, RBTREE_SENTINEL = 8,
	RBNODE_KEY = 0, RBNODE_LEFT = 8, RBNODE_RIGHT = 16, RBNODE_PARENT = 24, RBNODE_COLOUR = 32, RBNODE_SIZE = 40,
};

#endif
