#include "nginx/zone-tree.h"

enum {
	/* ngx_rbtree_t: root, sentinel, insert */
	TREE_ROOT = 0, TREE_SENTINEL = 8,
	/* ngx_rbtree_node_t: key, left, right, parent, color */
	NODE_LEFT = 8, NODE_RIGHT = 16, NODE_PARENT = 24,
	LEAST_NODE_SHIFT = 5,	/* no node is smaller than 32 bytes: there are no more than fit in */
};

struct tree {
	const struct zone_copy *copy;
	uint64_t sentinel;
	bool bad;
};

/* A child that points back at its parent. */
static uint64_t child(struct tree *t, uint64_t node, uint64_t which)
{
	const uint64_t to = zone_word(t->copy, node + which, &t->bad);

	if (!t->bad && to != t->sentinel && zone_word(t->copy, to + NODE_PARENT, &t->bad) != node)
		t->bad = true;
	return t->bad ? t->sentinel : to;
}

/* The node after this one and all below it: up until there is a right side not yet seen. */
static uint64_t climb(struct tree *t, uint64_t node, uint64_t root, uint64_t *left)
{
	while (node != root && !t->bad && (*left)-- > 0) {
		const uint64_t parent = zone_word(t->copy, node + NODE_PARENT, &t->bad);
		const uint64_t right = t->bad ? t->sentinel : child(t, parent, NODE_RIGHT);

		if (right != node && right != t->sentinel)
			return right;
		node = parent;
	}
	return t->sentinel;
}

bool zone_tree_count(const struct zone_copy *c, uint64_t tree, uint64_t *count)
{
	struct tree t = {.copy = c};
	const uint64_t root = zone_word(c, tree + TREE_ROOT, &t.bad), most = (c->npages << c->page_shift) >> LEAST_NODE_SHIFT;
	uint64_t steps = 2 * most, node = root;	/* down to each node once and up from it once */

	t.sentinel = zone_word(c, tree + TREE_SENTINEL, &t.bad);
	for (*count = 0; !t.bad && node != t.sentinel && *count <= most; ) {
		uint64_t below;

		++*count;
		below = child(&t, node, NODE_LEFT);
		if (below == t.sentinel)
			below = child(&t, node, NODE_RIGHT);
		node = below != t.sentinel ? below : climb(&t, node, root, &steps);
	}
	return !t.bad && node == t.sentinel && *count <= most && steps <= 2 * most;
}
