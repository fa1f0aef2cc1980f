#include "paths/retained.h"
#include "paths/chain.h"
#include "paths/dominators.h"

#include <stdlib.h>

/* Children in the dominator tree as linked lists. */
struct tree {
	uint32_t *first, *next, *stack;
	uint32_t *open;		/* per path: how many of its objects are on the way down from the root */
};

static bool tree_build(struct tree *t, const uint32_t *idom, uint32_t count, uint32_t npaths)
{
	t->first = malloc(((size_t)count + 1) * sizeof(uint32_t));
	t->next = malloc(((size_t)count + 1) * sizeof(uint32_t));
	t->stack = malloc(((size_t)count + 1) * sizeof(uint32_t));
	t->open = calloc((size_t)npaths + 1, sizeof(uint32_t));
	if (!t->first || !t->next || !t->stack || !t->open)
		return false;
	for (uint32_t v = 0; v < count; v++)
		t->first[v] = NOT_REACHED;
	for (uint32_t v = count; v-- > 1;) {
		if (idom[v] == NOT_REACHED)
			continue;
		t->next[v] = t->first[idom[v]];
		t->first[idom[v]] = v;
	}
	return true;
}

static void count_retained(struct node *path, const struct graph *g, uint32_t object)
{
	path->retained += g->size[object];
	path->freed += g->freed ? g->freed[object] : 0;
}

static void walk_down(struct tree *t, struct trie *paths, const struct graph *g, const uint32_t *became)
{
	uint32_t depth = 0;

	t->stack[depth++] = 0;
	while (depth > 0) {
		uint32_t v = t->stack[depth - 1], c = t->first[v], path;

		if (c == NOT_REACHED) {
			depth--;
			if (v != 0)
				t->open[chain_folded(became, g->path[v])]--;
			continue;
		}
		t->first[v] = t->next[c];
		path = chain_folded(became, g->path[c]);
		if (t->open[path]++ == 0)
			count_retained(&paths->nodes[path], g, c);
		t->stack[depth++] = c;
	}
}

bool retained_by_path(struct trie *paths, struct graph *g, const uint32_t *became)
{
	uint32_t *idom = malloc(((size_t)g->count + 1) * sizeof(*idom));
	struct tree t = {0};
	bool ok = idom && dominators_find(g, idom) && dominators_add_retained(g, idom, g->size) &&
		  (!g->freed || dominators_add_retained(g, idom, g->freed)) && tree_build(&t, idom, g->count, paths->nnodes);

	if (ok)
		walk_down(&t, paths, g, became);
	free(t.first);
	free(t.next);
	free(t.stack);
	free(t.open);
	free(idom);
	return ok;
}
