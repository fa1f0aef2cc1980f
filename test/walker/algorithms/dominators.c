/* Checks dominators.c against brute force on random graphs: v dominates w if w can't be reached without v. */
#include "paths/dominators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 24, GRAPHS = 20000 };

static uint32_t from[MAX * MAX], to[MAX * MAX];
static uint8_t leaf[MAX];

static void reach(const struct graph *g, uint32_t without, uint8_t *seen)
{
	uint8_t more = 1;

	memset(seen, 0, MAX);
	if (without == 0)
		return;
	seen[0] = 1;
	while (more) {
		more = 0;
		for (size_t i = 0; i < g->nedges; i++) {
			if (seen[g->from[i]] && !seen[g->to[i]] && g->to[i] != without) {
				seen[g->to[i]] = 1;
				more = 1;
			}
		}
	}
}

static int check(const struct graph *g)
{
	uint8_t all[MAX], seen[MAX];
	uint64_t size[MAX], expected;
	uint32_t idom[MAX];

	for (uint32_t v = 0; v < g->count; v++)
		size[v] = 1 + v;
	if (!dominators_find(g, idom) || !dominators_add_retained(g, idom, size))
		return 1;
	reach(g, MAX, all);
	for (uint32_t v = 0; v < g->count; v++) {
		if (!all[v]) {
			if (v != 0 && idom[v] != NOT_REACHED)
				return 1;
			continue;
		}
		reach(g, v, seen);
		expected = 0;
		for (uint32_t w = 0; w < g->count; w++)
			if (all[w] && !seen[w])
				expected += 1 + w;
		if (size[v] != expected)
			return 1;
	}
	return 0;
}

int main(void)
{
	srand(1);
	for (int i = 0; i < GRAPHS; i++) {
		struct graph g = {.count = 2 + (uint32_t)(rand() % (MAX - 2)), .from = from, .to = to, .leaf = leaf};
		size_t wanted = (size_t)rand() % (g.count * 3) + 1;

		for (uint32_t v = 0; v < g.count; v++)
			leaf[v] = v > 0 && rand() % 3 == 0;
		for (g.nedges = 0; g.nedges < wanted;) {
			uint32_t a = (uint32_t)rand() % g.count, b = (uint32_t)rand() % g.count;

			if (leaf[a]) {
				wanted--;
				continue;
			}
			from[g.nedges] = a;
			to[g.nedges++] = b;
		}
		if (check(&g)) {
			printf("graph %d differs\n", i);
			return 1;
		}
	}
	printf("%d graphs agree\n", GRAPHS);
	return 0;
}
