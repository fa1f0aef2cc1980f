#include "zones/zone-tree.h"
#include "nginx/rbtree.h"

enum { LEAST_NODE_SHIFT = 5 };	/* no node is smaller than 32 bytes: there are no more than fit in */

struct tree {
	const struct zone_copy *copy;
	uint64_t sentinel;
	bool bad;
};

/* A child that points back at its parent. */
static uint64_t child(struct tree *t, uint64_t node, uint64_t which)
{
	const uint64_t to = zone_copy_word(t->copy, node + which, &t->bad);

	if (!t->bad && to != t->sentinel && zone_copy_word(t->copy, to + RBNODE_PARENT, &t->bad) != node)
		t->bad = true;
	return t->bad ? t->sentinel : to;
}

/* The node after this one and all below it: up until there is a right side not yet seen. */
static uint64_t climb(struct tree *t, uint64_t node, uint64_t root, uint64_t *left)
{
	while (node != root && !t->bad && (*left)-- > 0) {
		const uint64_t parent = zone_copy_word(t->copy, node + RBNODE_PARENT, &t->bad);
		const uint64_t right = t->bad ? t->sentinel : child(t, parent, RBNODE_RIGHT);

		if (right != node && right != t->sentinel)
			return right;
		node = parent;
	}
	return t->sentinel;
}

bool zone_tree_count(const struct zone_copy *c, uint64_t tree, uint64_t *count)
{
	struct tree t = {.copy = c};
	const uint64_t root = zone_copy_word(c, tree + RBTREE_ROOT, &t.bad), most = (c->npages << c->page_shift) >> LEAST_NODE_SHIFT;
	uint64_t steps = 2 * most, node = root;	/* down to each node once and up from it once */

	t.sentinel = zone_copy_word(c, tree + RBTREE_SENTINEL, &t.bad);
	for (*count = 0; !t.bad && node != t.sentinel && *count <= most; ) {
		uint64_t below;

		++*count;
		below = child(&t, node, RBNODE_LEFT);
		if (below == t.sentinel)
			below = child(&t, node, RBNODE_RIGHT);
		node = below != t.sentinel ? below : climb(&t, node, root, &steps);
	}
	return !t.bad && node == t.sentinel && *count <= most && steps <= 2 * most;
}
