/* Breadth first, level by level, and in each the paths in their order, so that every object gets the smallest of its shortest paths. */
#include "marker.h"

enum { COLLAPSE_OVER = 256 };	/* string keys that a path may have before they are taken together */

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

static const struct marker *sorting;	/* qsort has no context argument in C11 */

static int by_path(const void *a, const void *b)
{
	return trie_compare(sorting->trie, (uint32_t) * (const uint64_t *)a, (uint32_t) * (const uint64_t *)b);
}

static int object_by_path(const void *a, const void *b)
{
	const uint8_t *x = *(uint8_t *const *)a, *y = *(uint8_t *const *)b;
	uint32_t nx = path_of(sorting, x), ny = path_of(sorting, y);

	return nx == ny ? (x > y) - (x < y) : trie_compare(sorting->trie, nx, ny);
}

void order_objects(const struct marker *m, struct objects *l)
{
	sorting = m;
	qsort(l->list, l->count, sizeof(*l->list), object_by_path);
}

/* Objects found for the level, grouped by path, the paths in order. */
static bool order_level(struct marker *m)
{
	struct trie *t = m->trie;
	size_t at_object = 0, kept = 0;

	for (size_t i = 0; i < m->touched.count; i++) {
		uint32_t node = (uint32_t)m->touched.list[i];

		if (t->nodes[node].pending)	/* else all moved to a smaller path */
			m->touched.list[kept++] = node;
	}
	m->touched.count = kept;
	sorting = m;
	qsort(m->touched.list, kept, sizeof(*m->touched.list), by_path);
	while (m->ordered.room < m->found.count) {
		size_t room = m->found.room;
		uint8_t **more = realloc(m->ordered.list, room * sizeof(*more));

		if (!more)
			return fail(m, "out of memory");
		m->ordered.list = more;
		m->ordered.room = room;
	}
	/* A path may be on the list twice if it emptied and filled again: the first takes all. */
	for (size_t i = 0; i < kept; i++) {
		struct node *n = &t->nodes[m->touched.list[i]];
		uint32_t pending = n->pending;

		if (i > 0 && m->touched.list[i] == m->touched.list[i - 1])
			continue;
		n->pending = (uint32_t)at_object;
		at_object += pending;
	}
	for (size_t i = 0; i < m->found.count; i++) {
		uint8_t *p = m->found.list[i];
		uint32_t node = path_of(m, p);

		if (t->nodes[node].pending >= m->found.count)
			return fail(m, "objects overlap");
		m->ordered.list[t->nodes[node].pending++] = p;
	}
	m->ordered.count = at_object;
	for (size_t i = 0; i < kept; i++)
		t->nodes[m->touched.list[i]].pending = 0;
	m->found.count = 0;
	return true;
}

static void expand_level(struct marker *m)
{
	size_t i = 0, n;

	if (!order_level(m))
		return;
	m->touched.count = 0;
	n = m->ordered.count;
	while (i < n && !m->failed) {
		uint32_t node = path_of(m, m->ordered.list[i]);
		size_t end = i;

		while (end < n && path_of(m, m->ordered.list[end]) == node)
			end++;
		if (m->trie->nodes[node].collapse == 0)
			decide_collapse(m, node, m->ordered.list + i, end - i);
		m->expanding = node;
		for (; i < end && !m->failed; i++) {
			if (i + 2 < end)
				__builtin_prefetch(m->ordered.list[i + 2]);
			traverse(m, m->ordered.list[i], node);
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
