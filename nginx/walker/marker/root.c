/* Where marking begins: the roots, in the order of their paths. */
#include "marker/marker.h"

static void never_collapse(struct marker *m, uint32_t node)
{
	m->trie->nodes[node].collapse = 1;
}

static void mark_gcroot(struct marker *m, const uint8_t *g)
{
	static const char *const basemt[] = {"nil", "false", "true", "lightuserdata", "string", "upvalue", "thread", "proto",
					     "function", "trace", "cdata", "table", "userdata", "number"};
	const struct layout *l = m->vm->layout;

	for (int i = 0; i < l->gcroot_max; i++) {
		uint64_t ref = get_ref(g + l->gcroot + (unsigned)i * REF);
		char name[64] = "gcroot.mmname";

		if (!ref)
			continue;
		if (i >= BASEMT && i < IO_INPUT)
			snprintf(name, sizeof(name), "gcroot.basemt_%s", basemt[i - BASEMT]);
		else if (i >= IO_INPUT)
			snprintf(name, sizeof(name), "gcroot.%s", i == IO_INPUT ? "io_input" : i == IO_INPUT + 1 ? "io_output" : "ffi_fin");
		mark_object(m, ref, trie_root(m->trie, name));
	}
	if (l->vmthref && get_ref(g + l->vmthref))
		mark_object(m, get_ref(g + l->vmthref), trie_root(m->trie, "gcroot.vmthread"));
}

/* gc_mark_start */
void mark_roots(struct marker *m, const uint8_t *g)
{
	const unsigned registrytv = G_REGISTRYTV - (m->vm->layout->small_buffers ? 16 : 0);	/* tmpbuf is before it */
	uint64_t registry = tv_ref(get_u64(g + registrytv)), loaded = 0;
	const uint8_t *reg = at(m, registry, TAB_SIZE), *L = at(m, m->vm->L.a, TH_STACKSIZE + 8);
	uint32_t node = trie_root(m->trie, "registry"), count;
	const uint8_t *nodes = reg ? tab_nodes(m, reg, &count) : NULL;

	if (!reg || !L) {
		fail(m, "no registry");
		return;
	}
	never_collapse(m, node);
	mark_object(m, registry, node);
	for (uint32_t i = 0; nodes && i < count; i++) {
		uint64_t key = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY);
		uint64_t val = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL);
		const uint8_t *s = tv_type(key) == T_STR ? at(m, tv_ref(key), STR_SIZE + 7) : NULL;

		if (s && tv_type(val) == T_TAB && get_u32(s + STR_LEN) == 7 && memcmp(s + STR_SIZE, "_LOADED", 7) == 0)
			loaded = tv_ref(val);
	}
	if (loaded) {
		node = trie_child(m->trie, node, trie_step(m->trie, "._LOADED", 8));
		never_collapse(m, node);
		mark_object(m, loaded, node);
	}
	node = trie_root(m->trie, "globals");
	never_collapse(m, node);
	mark_object(m, get_ref(L + TH_ENV), node);
	mark_object(m, m->vm->L.a, trie_root(m->trie, "main"));
	mark_gcroot(m, g);
}
