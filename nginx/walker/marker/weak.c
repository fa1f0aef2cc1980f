/* Weak tables, to a fixpoint: what only they hold is gone after full collections. */
#include "marker/marker.h"

enum { MIN_OBJECT = CDATA_SIZE };

/* gc_mayclear: unmarked, and not a string */
static bool may_clear(struct marker *m, uint64_t tv)
{
	const uint8_t *p = tv_is_gcv(tv_type(tv)) && tv_type(tv) != T_STR ? at(m, tv_ref(tv), CDATA_SIZE) : NULL;

	return p && !is_marked(p);
}

/*
** gc_clearweak: entries whose weak side is dead go. True if one held a value that was marked through it: the
** next collection would not mark that, so marking starts again without the entry.
*/
bool clear_weak(struct marker *m)
{
	bool again = false;

	for (size_t i = 0; i < m->nweak; i++) {
		uint8_t *t = m->weak[i].t, weak = m->weak[i].weak, *nodes;
		uint32_t count, asize;
		uint8_t *array = (uint8_t *)(uintptr_t)tab_array(m, t, &asize);

		for (uint32_t k = 0; array && (weak & WEAK_VALUE) && k < asize; k++)
			if (may_clear(m, get_u64(array + (uint64_t)k * 8)))
				set_u64(array + (uint64_t)k * 8, TV_NIL);
		nodes = tab_nodes(m, t, &count);
		for (uint32_t k = 0; nodes && k < count; k++) {
			uint8_t *n = nodes + (uint64_t)k * NODE_SIZE;
			uint64_t val = get_u64(n + NODE_VAL), key = get_u64(n + NODE_KEY);
			bool dead_key = (weak & WEAK_KEY) && may_clear(m, key);

			if (tv_type(val) == T_NIL || !(dead_key || ((weak & WEAK_VALUE) && may_clear(m, val))))
				continue;
			set_u64(n + NODE_VAL, TV_NIL);
			if ((!(weak & WEAK_VALUE) && tv_is_gcv(tv_type(val))) || (!(weak & WEAK_KEY) && tv_is_gcv(tv_type(key))))
				again = true;
		}
	}
	return again;
}

/* What is left in weak tables lives: count it, and mark the strings that only they hold. */
void count_weak(struct marker *m)
{
	for (size_t i = 0; i < m->nweak && !m->failed; i++) {
		uint8_t *t = m->weak[i].t;
		uint32_t node = path_of(m, t), count, asize;
		const uint8_t *array = tab_array(m, t, &asize), *nodes = tab_nodes(m, t, &count);
		uint64_t array_used = 0, hash_used = 0;

		m->from = m->out->want_retained ? scratch_of(t) : 0;
		for (uint32_t k = 0; array && k < asize; k++) {
			uint64_t tv = get_u64(array + (uint64_t)k * 8);

			if (tv_type(tv) == T_NIL)
				continue;
			array_used++;
			if (tv_type(tv) == T_STR)
				mark_tv(m, tv, child(m, node, m->steps.array));
		}
		m->trie->nodes[node].entries[ENTRY_NUMBER] += array_used;
		for (uint32_t k = 0; nodes && k < count; k++) {
			uint64_t val = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_VAL);
			uint64_t key = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_KEY);

			if (tv_type(val) == T_NIL)
				continue;
			hash_used++;
			m->trie->nodes[node].entries[key_kind(tv_type(key))]++;
			if (tv_type(key) == T_STR)
				mark_tv(m, key, child(m, node, m->steps.keys));
			if (tv_type(val) == T_STR)
				mark_tv(m, val, value_node(m, node, key, tv_type(key)));
		}
		count_slots(&m->trie->nodes[node], t, array_used, hash_used);
	}
	m->from = 0;
}

/* -- Unmark, for the next pass ------------------------------------------- */

static void unmark(uint8_t *p)
{
	set_marked(p, (uint8_t)((get_marked(p) & ~MARK_WHITES) | 1));
}

static void unmark_list(struct marker *m, uint64_t ref)
{
	uint8_t *p, *uv;

	while (ref && spend(m, MIN_OBJECT) && (p = at(m, ref, CDATA_SIZE))) {
		unmark(p);
		if (p[O_GCT] == T_THREAD)
			for (uint64_t u = get_ref(p + TH_OPENUPVAL); u && spend(m, MIN_OBJECT) && (uv = at(m, u, CDATA_SIZE));
			     u = get_ref(uv + O_NEXTGC))
				unmark(uv);
		ref = get_ref(p + O_NEXTGC);
	}
}

void unmark_all(struct marker *m)
{
	const uint8_t *g = at(m, m->vm->g.a, G_NILNODE);
	uint64_t table = get_ref(g + G_STRTAB), root = get_ref(g + G_MMUDATA), u = root;
	uint32_t mask = get_u32(g + G_STRMASK);
	uint8_t *p;

	m->budget = m->vm->im->mapped;
	unmark_list(m, get_ref(g + G_ROOT));
	for (uint64_t i = 0; i <= mask && !m->failed; i++) {
		const uint8_t *anchor = at(m, table + i * REF, REF);

		if (!anchor)
			break;
		unmark_list(m, get_ref(anchor) & ~UINT64_C(1));
	}
	while (u && spend(m, MIN_OBJECT) && (p = at(m, u, CDATA_SIZE))) {
		unmark(p);
		u = get_ref(p + O_NEXTGC);
		if (u == root)
			break;
	}
}
