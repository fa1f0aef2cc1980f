/* Fetching ahead: by the time an object is traversed, it is in the cache with what it refers to. */
#include "marker/marker.h"

enum { AHEAD_PARTS = 8, AHEAD_CHILDREN = 4, FIRST_SLOTS = 4 };

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

void fetch_ahead(struct marker *m, uint8_t *const *list, size_t count)
{
	if (count > AHEAD)
		prefetch_object(list[AHEAD]);
	if (count > AHEAD_PARTS)
		prefetch_parts(m, list[AHEAD_PARTS]);
	if (count > AHEAD_CHILDREN)
		prefetch_children(m, list[AHEAD_CHILDREN]);
}
