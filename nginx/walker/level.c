/* Breadth first, level by level, and in each the paths in their order, so that every object gets the smallest of its shortest paths. */
#include "marker.h"

enum { COLLAPSE_OVER = 256 };	/* string keys that a path may have before they are taken together */

/* -- Ahead of the traversal ---------------------------------------------- */

enum { AHEAD = 12, AHEAD_PARTS = 8, AHEAD_CHILDREN = 4, FIRST_SLOTS = 4 };

static void prefetch_object(const uint8_t *p)
{
	__builtin_prefetch(p, 1);
	__builtin_prefetch(p + CACHE_LINE / 2, 1);	/* most begin in the middle of a line */
}

static void prefetch_at(struct marker *m, uint64_t addr)
{
	const uint8_t *p = addr ? at(m, addr, CDATA_SIZE) : NULL;

	if (p)
		prefetch_object(p);
}

static void prefetch_value(struct marker *m, uint64_t tv)
{
	if (tv_is_gcv(tv_type(tv)))
		prefetch_at(m, tv_ref(tv));
}

/* What of an object lies elsewhere; its header is in the cache. */
static void prefetch_parts(struct marker *m, const uint8_t *p)
{
	if (p[O_GCT] == T_TAB) {
		prefetch_at(m, get_u32(p + TAB_ASIZE) ? get_ref(p + TAB_ARRAY) : 0);
		prefetch_at(m, get_u32(p + TAB_HMASK) ? get_ref(p + TAB_NODE) : 0);
	} else if (p[O_GCT] == T_THREAD) {
		prefetch_at(m, get_ref(p + TH_STACK));
	}
}

/* What a small object refers to first; a large one is fetched ahead by its own traversal. */
static void prefetch_children(struct marker *m, const uint8_t *p)
{
	if (p[O_GCT] == T_TAB) {
		uint32_t asize, count;
		const uint8_t *array = tab_array(m, p, &asize), *nodes = tab_nodes(m, p, &count);

		for (uint32_t i = 0; array && i < asize && i < FIRST_SLOTS; i++)
			prefetch_value(m, get_u64(array + (uint64_t)i * 8));
		for (uint32_t i = 0; nodes && i < count && i < FIRST_SLOTS / 2; i++) {
			prefetch_value(m, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL));
			prefetch_value(m, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY));
		}
	} else if (p[O_GCT] == T_FUNC && p[FUNC_FFID] == 0) {
		for (uint32_t i = 0; i < p[FUNC_NUPVALUES] && i < FIRST_SLOTS; i++)
			prefetch_at(m, get_ref(p + FUNC_UVPTR + i * REF));
	}
}

/* Three looks at a list of objects that are traversed next: the objects, what of them lies elsewhere, what they refer to. */
static void fetch_ahead(struct marker *m, uint8_t *const *list, size_t count)
{
	if (count > AHEAD)
		prefetch_object(list[AHEAD]);
	if (count > AHEAD_PARTS)
		prefetch_parts(m, list[AHEAD_PARTS]);
	if (count > AHEAD_CHILDREN)
		prefetch_children(m, list[AHEAD_CHILDREN]);
}

/* -- Many keys ----------------------------------------------------------- */

/* More string keys than a path may have? Asked once per path, over all tables found for it. */
static void decide_collapse(struct marker *m, uint32_t node, uint8_t **tables, size_t n)
{
	struct pair_map seen = {0};
	size_t slots = 0, distinct = 0;

	for (size_t i = 0; i < n && slots <= COLLAPSE_OVER; i++)
		if (tables[i][O_GCT] == T_TAB)
			slots += get_u32(tables[i] + TAB_HMASK) + 1;
	m->trie->nodes[node].collapse = 1;
	if (slots <= COLLAPSE_OVER)
		return;
	for (size_t i = 0; i < n && distinct <= COLLAPSE_OVER; i++) {
		uint32_t count;
		const uint8_t *nodes = tables[i][O_GCT] == T_TAB ? tab_nodes(m, tables[i], &count) : NULL;
		uint64_t last = 0;

		if (i + AHEAD < n)
			prefetch_object(tables[i + AHEAD]);
		for (uint32_t k = 0; nodes && k < count && distinct <= COLLAPSE_OVER; k++) {
			uint64_t key = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_KEY);

			if (tv_type(get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_VAL)) == T_NIL || tv_type(key) != T_STR ||
			    key == last || pair_map_get(&seen, key, 0) != NO_NODE)
				continue;
			last = key;
			distinct++;
			if (!pair_map_put(&seen, key, 0, 1))
				fail(m, "out of memory");
		}
	}
	pair_map_clear(&seen);
	if (distinct > COLLAPSE_OVER)
		m->trie->nodes[node].collapse = 2;
}

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
