/* Steps of table keys: how a path goes on from a table to what it has under a key. */
#include "marker/marker.h"

uint64_t lightud_address(struct marker *m, uint64_t tv)
{
	const uint8_t *g = at(m, m->vm->g.a, G_NILNODE);
	uint64_t seg = tv >> 39 & 0xff;
	const uint8_t *map;

	if (OLD && !m->vm->layout->patched_2017)
		return tv & ((UINT64_C(1) << 47) - 1);
	map = g && seg != 0xff ? at(m, get_ref(g + (OLD ? 88 : G_LIGHTUDSEG)) + seg * 4, 4) : NULL;
	return map ? (uint64_t)get_u32(map) << 32 | (tv & ((UINT64_C(1) << 39) - 1)) : 0;
}

static uint32_t step_for_lightud(struct marker *m, uint64_t tv)
{
	char text[256] = "[<";
	size_t n = m->name_address ? m->name_address(m->name_context, lightud_address(m, tv), text + 2, sizeof(text) - 5) : 0;

	if (n == 0)
		return m->steps.lightud;
	text[n + 2] = '>';
	text[n + 3] = ']';
	return trie_step(m->trie, text, n + 4);
}

static uint32_t step_for_string(struct marker *m, uint64_t key)
{
	const uint8_t *s = at(m, key, STR_SIZE);
	uint32_t len = s ? get_u32(s + STR_LEN) : 0;

	if (!s || !at(m, key, STR_SIZE + (uint64_t)len)) {
		fail(m, "string key outside the heap");
		return m->steps.strings;
	}
	return trie_step_for_key(m->trie, s + STR_SIZE, len);
}

/* The step from a table to the value under key. */
uint32_t value_node(struct marker *m, uint32_t node, uint64_t key, uint32_t type)
{
	uint32_t id;

	switch (type) {
	case T_STR:
		if (m->trie->nodes[node].collapse == 2)
			return child(m, node, m->steps.strings);
		break;
	case T_LIGHTUD: break;
	case T_FALSE: case T_TRUE: return child(m, node, m->steps.boolean);
	case T_TAB: return child(m, node, m->steps.table);
	case T_FUNC: return child(m, node, m->steps.function);
	case T_CDATA: return child(m, node, m->steps.cdata);
	case T_UDATA: return child(m, node, m->steps.userdata);
	case T_THREAD: return child(m, node, m->steps.thread);
	default: return child(m, node, m->steps.array);
	}
	id = pair_map_get(&m->edges, node, key);
	if (id == NO_NODE) {
		id = child(m, node, type == T_STR ? step_for_string(m, tv_ref(key)) : step_for_lightud(m, key));
		if (!pair_map_put(&m->edges, node, key, id))
			fail(m, "out of memory");
	}
	return id;
}

enum entry_kind key_kind(uint32_t key_type)
{
	switch (key_type) {
	case T_STR: return ENTRY_STRING;
	case T_FALSE: case T_TRUE: return ENTRY_BOOLEAN;
	case T_TAB: return ENTRY_TABLE;
	case T_FUNC: return ENTRY_FUNCTION;
	case T_CDATA: return ENTRY_CDATA;
	case T_UDATA: return ENTRY_USERDATA;
	case T_THREAD: return ENTRY_THREAD;
	case T_LIGHTUD: return ENTRY_LIGHTUD;
	default: return ENTRY_NUMBER;
	}
}

/* -- Many keys ----------------------------------------------------------- */

enum { COLLAPSE_OVER = 256 };	/* string keys that a path may have before they are taken together */

void decide_collapse(struct marker *m, uint32_t node, uint8_t **tables, size_t n)
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
