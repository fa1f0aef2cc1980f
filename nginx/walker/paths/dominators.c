/*
** Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005)
** on the vertices that have edges; a leaf's dominator is the nearest common ancestor of
** those that refer to it. Nothing recurses.
*/
#include "paths/dominators.h"

#include <stdlib.h>

/* Edges grouped by one end: those of v are ends[start[v]] .. ends[start[v + 1] - 1]. */
struct adjacency {
	uint32_t *start, *ends;
};

static void adjacency_free(struct adjacency *a)
{
	free(a->start);
	free(a->ends);
}

static bool adjacency_build(struct adjacency *a, const struct graph *g, const uint32_t *by, const uint32_t *ends)
{
	uint32_t *fill;

	a->start = calloc((size_t)g->count + 2, sizeof(*a->start));
	a->ends = malloc((g->nedges + 1) * sizeof(*a->ends));
	fill = malloc(((size_t)g->count + 1) * sizeof(*fill));
	if (!a->start || !a->ends || !fill) {
		free(fill);
		return false;
	}
	for (size_t i = 0; i < g->nedges; i++)
		a->start[by[i] + 1]++;
	for (uint32_t v = 0; v < g->count; v++) {
		a->start[v + 1] += a->start[v];
		fill[v] = a->start[v];
	}
	for (size_t i = 0; i < g->nedges; i++)
		a->ends[fill[by[i]]++] = ends[i];
	free(fill);
	return true;
}

/* Everything below is in depth-first preorder numbers. */
struct work {
	uint32_t *number;		/* vertex -> preorder number */
	uint32_t *vertex;		/* and back */
	uint32_t *parent, *semi, *label, *idom, *stack;
	uint32_t reached;
};

static bool work_alloc(struct work *w, uint32_t n)
{
	uint32_t **all[] = {&w->number, &w->vertex, &w->parent, &w->semi, &w->label, &w->idom, &w->stack};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i] = malloc(((size_t)n + 1) * sizeof(uint32_t));
		if (!*all[i])
			return false;
	}
	for (uint32_t v = 0; v < n; v++)
		w->number[v] = NOT_REACHED;
	return true;
}

static void work_free(struct work *w)
{
	free(w->number);
	free(w->vertex);
	free(w->parent);
	free(w->semi);
	free(w->label);
	free(w->idom);
	free(w->stack);
}

/* Preorder of the vertices that are no leaves. `stack` holds vertices, `semi` for now where each goes on in its edges. */
static void number_vertices(struct work *w, const struct graph *g, const struct adjacency *out)
{
	uint32_t depth = 0;

	w->number[0] = 0;
	w->vertex[0] = 0;
	w->parent[0] = 0;
	w->reached = 1;
	w->semi[0] = out->start[0];
	w->stack[depth++] = 0;
	while (depth > 0) {
		uint32_t v = w->stack[depth - 1], n = w->number[v], to;

		if (w->semi[n] == out->start[v + 1]) {
			depth--;
			continue;
		}
		to = out->ends[w->semi[n]++];
		if (g->leaf[to] || w->number[to] != NOT_REACHED)
			continue;
		w->number[to] = w->reached;
		w->vertex[w->reached] = to;
		w->parent[w->reached] = n;
		w->semi[w->reached] = out->start[to];
		w->reached++;
		w->stack[depth++] = to;
	}
}

/* Smallest semidominator on the path from v up to what is linked so far, with path compression. */
static uint32_t evaluate(struct work *w, uint32_t *ancestor, uint32_t v, uint32_t last_linked)
{
	uint32_t depth = 0;

	if (v < last_linked)
		return w->label[v];
	while (ancestor[v] >= last_linked) {
		w->stack[depth++] = v;
		v = ancestor[v];
	}
	while (depth > 0) {
		uint32_t below = w->stack[--depth];

		if (w->semi[w->label[v]] < w->semi[w->label[below]])
			w->label[below] = w->label[v];
		ancestor[below] = ancestor[v];
		v = below;
	}
	return w->label[v];
}

static bool semi_nca(struct work *w, const struct adjacency *in)
{
	uint32_t *ancestor = malloc(((size_t)w->reached + 1) * sizeof(*ancestor));

	if (!ancestor)
		return false;
	for (uint32_t i = 0; i < w->reached; i++) {
		w->semi[i] = w->label[i] = i;
		w->idom[i] = ancestor[i] = w->parent[i];
	}
	for (uint32_t i = w->reached - 1; i > 0 && w->reached > 1; i--) {
		uint32_t v = w->vertex[i];

		w->semi[i] = w->parent[i];
		for (uint32_t e = in->start[v]; e < in->start[v + 1]; e++) {
			uint32_t from = w->number[in->ends[e]], candidate;

			if (from == NOT_REACHED)
				continue;
			candidate = w->semi[evaluate(w, ancestor, from, i + 1)];
			if (candidate < w->semi[i])
				w->semi[i] = candidate;
		}
		w->label[i] = i;
	}
	for (uint32_t i = 1; i < w->reached; i++)
		while (w->idom[i] > w->semi[i])
			w->idom[i] = w->idom[w->idom[i]];
	free(ancestor);
	return true;
}

/* Nearest common ancestor in the dominator tree: numbers fall on the way to the root. */
static uint32_t common_ancestor(const uint32_t *idom, uint32_t a, uint32_t b)
{
	while (a != b) {
		if (a > b)
			a = idom[a];
		else
			b = idom[b];
	}
	return a;
}

static void place_leaf(const struct work *w, const struct adjacency *in, uint32_t leaf, uint32_t *idom)
{
	uint32_t best = NOT_REACHED;

	for (uint32_t e = in->start[leaf]; e < in->start[leaf + 1]; e++) {
		uint32_t from = w->number[in->ends[e]];

		if (from != NOT_REACHED)
			best = best == NOT_REACHED ? from : common_ancestor(w->idom, best, from);
	}
	idom[leaf] = best == NOT_REACHED ? NOT_REACHED : w->vertex[best];
}

bool dominators_find(const struct graph *g, uint32_t *idom)
{
	struct adjacency out = {0}, in = {0};
	struct work w = {0};
	bool ok = adjacency_build(&out, g, g->from, g->to) && adjacency_build(&in, g, g->to, g->from) && work_alloc(&w, g->count);

	if (ok) {
		number_vertices(&w, g, &out);
		ok = semi_nca(&w, &in);
	}
	for (uint32_t v = 0; ok && v < g->count; v++) {
		if (g->leaf[v])
			place_leaf(&w, &in, v, idom);
		else
			idom[v] = w.number[v] == NOT_REACHED ? NOT_REACHED : w.vertex[w.idom[w.number[v]]];
	}
	adjacency_free(&out);
	adjacency_free(&in);
	work_free(&w);
	return ok;
}

bool dominators_add_retained(const struct graph *g, const uint32_t *idom, uint64_t *size)
{
	/* Children before parents: a vertex goes on the list once all that it dominates have been added to it. */
	uint32_t *waiting = calloc((size_t)g->count + 1, sizeof(*waiting));
	uint32_t *ready = malloc(((size_t)g->count + 1) * sizeof(*ready));
	uint32_t n = 0;
	bool ok = waiting && ready;

	for (uint32_t v = 1; ok && v < g->count; v++)
		if (idom[v] != NOT_REACHED)
			waiting[idom[v]]++;
	for (uint32_t v = 1; ok && v < g->count; v++)
		if (idom[v] != NOT_REACHED && waiting[v] == 0)
			ready[n++] = v;
	while (ok && n > 0) {
		uint32_t v = ready[--n], up = idom[v];

		size[up] += size[v];
		if (--waiting[up] == 0 && up != 0)
			ready[n++] = up;
	}
	free(waiting);
	free(ready);
	return ok;
}
