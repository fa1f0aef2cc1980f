/* Breadth first, level by level, and in each the paths in their order, so that every object gets the smallest of its shortest paths. */
#include "marker/marker.h"

/* -- In the order of paths ----------------------------------------------- */

static const struct trie *sorting;	/* qsort has no context argument in C11 */

static int by_path(const void *a, const void *b)
{
	return trie_compare(sorting, (uint32_t) * (const uint64_t *)a, (uint32_t) * (const uint64_t *)b);
}

/* An object with its path beside it: a comparison need not fetch the object. */
struct placed {
	uint8_t *p;
	uint32_t node;
};

static int placed_by_path(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return x->node == y->node ? (x->p > y->p) - (x->p < y->p) : trie_compare(sorting, x->node, y->node);
}

bool order_objects(struct marker *m, struct objects *l)
{
	struct placed *placed = malloc((l->count + 1) * sizeof(*placed));

	if (!placed)
		return fail(m, "out of memory");
	for (size_t i = 0; i < l->count; i++) {
		if (i + AHEAD < l->count)
			prefetch_object(l->list[i + AHEAD]);
		placed[i] = (struct placed){l->list[i], path_of(m, l->list[i])};
	}
	sorting = m->trie;
	qsort(placed, l->count, sizeof(*placed), placed_by_path);
	for (size_t i = 0; i < l->count; i++)
		l->list[i] = placed[i].p;
	free(placed);
	return true;
}

/* -- One level ----------------------------------------------------------- */

/* The paths that have objects in the level, in order, each once. */
static void order_paths(struct marker *m)
{
	uint64_t *list = m->touched.list;
	size_t kept = 0, n = 0;

	for (size_t i = 0; i < m->touched.count; i++)
		if (m->trie->nodes[list[i]].pending)	/* else all moved to a smaller path */
			list[kept++] = list[i];
	sorting = m->trie;
	qsort(list, kept, sizeof(*list), by_path);
	for (size_t i = 0; i < kept; i++)	/* twice, if a path emptied and filled again */
		if (i == 0 || list[i] != list[i - 1])
			list[n++] = list[i];
	m->touched.count = n;
}

/* Room for as many objects and groups. */
static bool make_room(struct marker *m, size_t objects, size_t groups)
{
	uint8_t **list = m->ordered.room < objects ? realloc(m->ordered.list, m->found.room * sizeof(*list)) : m->ordered.list;
	struct group *more = m->groups_room < groups ? realloc(m->groups, m->touched.room * sizeof(*more)) : m->groups;

	if (list && list != m->ordered.list) {
		m->ordered.list = list;
		m->ordered.room = m->found.room;
	}
	if (more && more != m->groups) {
		m->groups = more;
		m->groups_room = m->touched.room;
	}
	return list && more ? true : fail(m, "out of memory");
}

/* Give each path of the level its places. */
static void make_groups(struct marker *m)
{
	size_t begin = 0;

	m->ngroups = m->touched.count;
	for (size_t i = 0; i < m->ngroups; i++) {
		struct node *n = &m->trie->nodes[m->touched.list[i]];

		m->groups[i] = (struct group){(uint32_t)m->touched.list[i], begin, begin + n->pending};
		begin += n->pending;
		n->pending = (uint32_t)i;
	}
}

/* Put objects that have a path in common among their group. */
static bool place(struct marker *m, uint8_t *const *list, uint32_t node, size_t count)
{
	const uint32_t i = m->trie->nodes[node].pending;
	struct group *g = i < m->ngroups ? &m->groups[i] : NULL;

	if (!g || g->node != node || g->end - g->next < count)
		return fail(m, "objects overlap");
	memcpy(m->ordered.list + g->next, list, count * sizeof(*list));
	g->next += count;
	return true;
}

static bool place_runs(struct marker *m)
{
	uint8_t *const *at_object = m->found.list;

	for (size_t i = 0; i < m->nruns; at_object += m->runs[i++].count)
		if (!place(m, at_object, m->runs[i].node, m->runs[i].count))
			return false;
	return true;
}

static bool place_each(struct marker *m)
{
	for (size_t i = 0; i < m->found.count; i++) {
		if (i + AHEAD < m->found.count)
			prefetch_object(m->found.list[i + AHEAD]);
		if (!place(m, m->found.list + i, path_of(m, m->found.list[i]), 1))
			return false;
	}
	return true;
}

/* Objects found for the level, grouped by path, the paths in order. */
static bool order_level(struct marker *m)
{
	order_paths(m);
	if (!make_room(m, m->found.count, m->touched.count))
		return false;
	make_groups(m);
	if (!(m->moved ? place_each(m) : place_runs(m)))
		return false;
	for (size_t i = 0; i < m->ngroups; i++)
		m->trie->nodes[m->groups[i].node].pending = 0;
	m->found.count = m->touched.count = m->nruns = 0;
	m->moved = false;
	return true;
}

static void expand_level(struct marker *m)
{
	size_t at_object = 0;

	if (!order_level(m))
		return;
	for (size_t i = 0; i < m->ngroups && !m->failed; i++) {
		const uint32_t node = m->groups[i].node;
		const size_t end = m->groups[i].end;

		if (m->trie->nodes[node].collapse == 0)
			decide_collapse(m, node, m->ordered.list + at_object, end - at_object);
		m->expanding = node;
		for (; at_object < end && !m->failed; at_object++) {
			fetch_ahead(m, m->ordered.list + at_object, end - at_object);
			traverse(m, m->ordered.list[at_object], node);
		}
	}
	m->from = 0;
	m->expanding = NO_NODE;
	m->failed |= m->trie->failed;
}

bool propagate(struct marker *m)
{
	while (m->found.count > 0 && !m->failed)
		expand_level(m);
	return !m->failed;
}
