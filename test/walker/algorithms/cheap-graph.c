/* Checks that a graph is given up once it has too many objects and references, and that paths outlive it. */
#include "paths/graph.h"

#include <stdio.h>

enum { MANY = 20000 };

static int add(struct graph *g, uint32_t objects)
{
	for (uint32_t i = 0; i < objects; i++)
		if (!graph_add(g, i, 16, false) || !graph_refer(g, 0, i))
			return 1;
	return !graph_frees(g, objects - 1, 8);
}

static int is_whole(const struct graph *g, uint32_t objects)
{
	for (uint32_t i = 0; i < objects; i++)
		if (g->path[i] != i)
			return 0;
	return g->count == objects;
}

int main(void)
{
	struct graph few = {.most = 2 * MANY + 1}, many = {.most = MANY}, any = {0};
	int failed = add(&few, MANY) || add(&many, MANY) || add(&any, MANY);

	printf("few: %s, %zu references; many: %s, %zu references; any: %s\n", few.given_up ? "given up" : "kept", few.nedges,
	       many.given_up ? "given up" : "kept", many.nedges, any.given_up ? "given up" : "kept");
	failed |= !is_whole(&few, MANY) || !is_whole(&many, MANY) || !is_whole(&any, MANY) || many.size || many.freed || many.to || !few.freed;
	graph_clear(&many);
	failed |= add(&many, MANY) || !is_whole(&many, MANY) || !many.given_up;
	graph_free(&few);
	graph_free(&many);
	graph_free(&any);
	return failed;
}
