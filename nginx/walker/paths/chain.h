/* Chains: steps that repeat, such as a list of a million links, are one path. */
#ifndef HW_CHAIN_H
#define HW_CHAIN_H

#include "paths/trie.h"

/* The node that `step` from `node` links back to, since it goes on with what led there; NO_NODE where nothing repeats. */
uint32_t chain_link(struct trie *t, uint32_t node, uint32_t step);
/* Whether there is a step that would link back from node. */
bool chain_may_link(const struct trie *t, uint32_t node);
/*
** Fold chains into their first repetition and name it (.step)+. Returns for each node the node it became part of
** (itself where it stays), in a new array, or NULL when memory ran out.
*/
uint32_t *chain_fold_all(struct trie *t);

/* What a node became in the end. */
static inline uint32_t chain_folded(const uint32_t *became, uint32_t node)
{
	while (became[node] != node)
		node = became[node];
	return node;
}

#endif
