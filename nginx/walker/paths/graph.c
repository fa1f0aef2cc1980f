#include "paths/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void free_all_but_paths(struct graph *g)
{
	free(g->size);
	free(g->leaf);
	free(g->freed);
	free(g->from);
	free(g->to);
	g->size = NULL;
	g->leaf = NULL;
	g->freed = NULL;
	g->from = g->to = NULL;
	g->nedges = g->edges_room = 0;
}

static void give_up_if_too_many(struct graph *g)
{
	if (g->given_up || g->most == 0 || g->count + g->nedges < g->most)
		return;
	g->given_up = true;
	free_all_but_paths(g);
}

static bool grow_graph(struct graph *g)
{
	uint32_t room = g->room ? g->room * 2 : 4096;
	uint32_t *path = realloc(g->path, room * sizeof(*path));
	uint64_t *size;
	uint8_t *leaf;

	if (path)
		g->path = path;
	if (path && g->given_up) {
		g->room = room;
		return true;
	}
	size = realloc(g->size, room * sizeof(*size));
	if (size)
		g->size = size;
	leaf = realloc(g->leaf, room);
	if (leaf)
		g->leaf = leaf;
	if (!path || !size || !leaf)
		return false;
	g->room = room;
	return true;
}

bool graph_add(struct graph *g, uint32_t path, uint64_t size, bool leaf)
{
	give_up_if_too_many(g);
	if (g->count == g->room && !grow_graph(g))
		return false;
	assert(g->count < g->room);
	if (!g->given_up) {
		g->size[g->count] = size;
		g->leaf[g->count] = leaf;
	}
	g->path[g->count++] = path;
	return true;
}

static bool grow_edges(struct graph *g)
{
	size_t room = g->edges_room ? g->edges_room * 2 : 8192;
	uint32_t *from = realloc(g->from, room * sizeof(*from)), *to;

	if (from)
		g->from = from;
	to = realloc(g->to, room * sizeof(*to));
	if (to)
		g->to = to;
	if (!from || !to)
		return false;
	g->edges_room = room;
	return true;
}

bool graph_refer(struct graph *g, uint32_t from, uint32_t to)
{
	give_up_if_too_many(g);
	if (g->given_up || from >= g->count || to >= g->count)
		return true;	/* in a damaged heap objects overlap, and so do their numbers */
	if (g->nedges == g->edges_room && !grow_edges(g))
		return false;
	g->from[g->nedges] = from;
	g->to[g->nedges++] = to;
	return true;
}

bool graph_frees(struct graph *g, uint32_t object, uint64_t bytes)
{
	if (g->given_up || object >= g->count)
		return true;	/* as above */
	if (!g->freed)
		g->freed = calloc(g->count, sizeof(*g->freed));
	if (g->freed)
		g->freed[object] += bytes;
	return g->freed != NULL;
}

void graph_clear(struct graph *g)
{
	free(g->freed);
	g->freed = NULL;
	g->count = 0;
	g->nedges = 0;
}

void graph_free(struct graph *g)
{
	free_all_but_paths(g);
	free(g->path);
	memset(g, 0, sizeof(*g));
}
