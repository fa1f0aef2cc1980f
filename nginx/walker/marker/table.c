/* Tables: gc_traverse_tab, their slots, and whether they are weak. */
#include "marker/marker.h"

enum { PREFETCH = 12 };

/* lj_tab_getstr: the value under a string key, or TV_NIL. */
uint64_t tab_get_str(struct marker *m, const uint8_t *t, uint64_t name)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);
	const uint8_t *nodes = at(m, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE);

	for (uint64_t i = 0; nodes && name && i <= hmask; i++) {
		uint64_t key = get_u64(nodes + i * NODE_SIZE + NODE_KEY);

		if (tv_type(key) == T_STR && tv_ref(key) == name)
			return get_u64(nodes + i * NODE_SIZE + NODE_VAL);
	}
	return TV_NIL;
}

/* lj_meta_fastg(g, mt, MM_mode) */
static uint8_t weak_mode(struct marker *m, const uint8_t *t)
{
	uint64_t metatable = get_ref(t + TAB_METATABLE);
	const uint8_t *mt, *s;
	uint64_t mode;
	uint8_t weak = 0;

	if (!metatable)
		return 0;
	if (metatable == m->last_metatable)
		return m->last_weak;
	mt = at(m, metatable, TAB_SIZE);
	mode = mt ? tab_get_str(m, mt, m->mode_name) : TV_NIL;
	s = tv_type(mode) == T_STR ? at(m, tv_ref(mode), STR_SIZE) : NULL;
	for (uint32_t i = 0; s && i < get_u32(s + STR_LEN) && at(m, tv_ref(mode), STR_SIZE + (uint64_t)i + 1); i++)
		weak |= s[STR_SIZE + i] == 'k' ? WEAK_KEY : s[STR_SIZE + i] == 'v' ? WEAK_VALUE : 0;
	m->last_metatable = metatable;
	m->last_weak = weak;
	return weak;
}

static void prefetch_tv(struct marker *m, uint64_t tv)
{
	const uint8_t *p;

	if (tv_is_gcv(tv_type(tv)) && (p = at(m, tv_ref(tv), CDATA_SIZE)))
		__builtin_prefetch(p, 1);
}

void count_slots(struct node *n, const uint8_t *t, uint64_t array_used, uint64_t hash_used)
{
	int8_t colo = (int8_t)t[TAB_COLO];
	uint32_t asize = get_u32(t + TAB_ASIZE), hmask = get_u32(t + TAB_HMASK);

	n->array_used += array_used;
	n->array_slots += asize > 0 ? asize - 1 : 0;	/* slot 0 is there too, but Lua arrays begin at 1 */
	n->hash_used += hash_used;
	n->hash_slots += hmask ? (uint64_t)hmask + 1 : 0;
	n->slot_bytes += (uint64_t)asize * 8 + (colo < 0 ? (uint64_t)(colo & 0x7f) * 8 : 0) +
			 (hmask ? ((uint64_t)hmask + 1) * NODE_SIZE : 0);
}

/* One live entry of the hash part. */
static void mark_entry(struct marker *m, uint32_t node, uint64_t key, uint64_t val, uint8_t weak)
{
	uint32_t type = tv_type(key);

	if (tv_is_gcv(type) && !(weak & WEAK_KEY))
		mark_object(m, tv_ref(key), child(m, node, m->steps.keys));
	if (tv_is_gcv(tv_type(val)) && !(weak & WEAK_VALUE))
		mark_object(m, tv_ref(val), value_node(m, node, key, type));
	else if (tv_type(val) == T_LIGHTUD)
		note_lightud(m, node, val);
}

static void remember_weak(struct marker *m, uint8_t *t, uint8_t weak)
{
	struct weak_table *list = grown(m, m->weak, m->nweak, &m->weak_room, sizeof(*list));

	if (!list)
		return;
	m->weak = list;
	list[m->nweak++] = (struct weak_table){t, weak};
}

/* gc_traverse_tab */
void traverse_tab(struct marker *m, uint8_t *t, uint32_t node)
{
	uint8_t weak = weak_mode(m, t);
	uint64_t array_used = 0, hash_used = 0, entries[NENTRIES] = {0};
	uint32_t asize, count;
	const uint8_t *array = tab_array(m, t, &asize), *nodes;
	bool has_lru = false;

	mark_ref(m, get_ref(t + TAB_METATABLE), node, m->steps.metatable);
	if (get_ref(t + TAB_METATABLE))
		note_class(m, get_ref(t + TAB_METATABLE), node);
	if (!spend(m, (uint64_t)asize * 8 + (get_u32(t + TAB_HMASK) ? ((uint64_t)get_u32(t + TAB_HMASK) + 1) * NODE_SIZE : 0)))
		return;
	if (weak) {
		remember_weak(m, t, weak);
		m->trie->nodes[node].weak |= weak;
	}
	if (asize && !array) {
		fail(m, "array part outside the heap");
		return;
	}
	if (asize && !(weak & WEAK_VALUE)) {
		uint32_t items = NO_NODE;

		for (uint32_t i = 0; i < asize; i++) {
			uint64_t tv = get_u64(array + (uint64_t)i * 8);

			if (tv == TV_NIL || tv_type(tv) == T_NIL)
				continue;
			array_used++;
			if (!tv_is_gcv(tv_type(tv))) {
				if (tv_type(tv) == T_LIGHTUD)
					note_lightud(m, node, tv);
				continue;
			}
			if (i + PREFETCH < asize)
				prefetch_tv(m, get_u64(array + ((uint64_t)i + PREFETCH) * 8));
			if (items == NO_NODE)
				items = child(m, node, m->steps.array);
			mark_object(m, tv_ref(tv), items);
		}
		entries[ENTRY_NUMBER] += array_used;
	}
	nodes = tab_nodes(m, t, &count);
	if (count && !nodes) {
		fail(m, "hash part outside the heap");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *n = nodes + (uint64_t)i * NODE_SIZE;
		uint64_t val = get_u64(n + NODE_VAL), key = get_u64(n + NODE_KEY);

		if (i + PREFETCH / 2 < count) {
			prefetch_tv(m, get_u64(n + PREFETCH / 2 * NODE_SIZE + NODE_VAL));
			prefetch_tv(m, get_u64(n + PREFETCH / 2 * NODE_SIZE + NODE_KEY));
		}
		if (tv_type(val) == T_NIL)
			continue;	/* the key may be dead and dangle */
		if (weak) {
			/* Strings are values, never weak; whether the entry lives is known when marking is done. */
			mark_entry(m, node, key, val, weak);
			continue;
		}
		hash_used++;
		entries[key_kind(tv_type(key))]++;
		mark_entry(m, node, key, val, 0);
		if (tv_type(key) == T_STR && tv_ref(key) == m->lru_names[LRU_ITEMS])
			has_lru = true;
		if (tv_type(key) == T_STR && tv_ref(key) == m->index_name)
			m->trie->nodes[node].metatables++;
	}
	if (!weak) {
		struct node *n = &m->trie->nodes[node];

		for (int i = 0; i < NENTRIES; i++)
			n->entries[i] += entries[i];
		count_slots(n, t, array_used, hash_used);
		if (has_lru)
			count_lru(m, n, t);
	}
}
