/*
** Which code a table's metatable makes its class. Methods are looked for where Lua does: in the table that is __index,
** then in the metatable itself, then in what that table inherits from.
*/
#include "marker/marker.h"

enum {
	INHERITED = 8,		/* links of inheritance that are followed: a damaged heap could have a ring */
	CLASS_SLOTS = 4096,	/* a table with more is data: nobody writes so many methods */
};

/* The prototype of a function that was written in Lua, outside of LuaJIT itself. */
static const uint8_t *method_proto(struct marker *m, uint64_t tv)
{
	const uint8_t *fn = tv_type(tv) == T_FUNC ? at(m, tv_ref(tv), FUNC_UVPTR) : NULL, *pt;

	if (!fn || fn[O_GCT] != T_FUNC || fn[FUNC_FFID] != 0)
		return NULL;
	pt = at(m, get_ref(fn + FUNC_PC) - PROTO_SIZE, PROTO_SIZE);
	return pt && pt[O_GCT] == T_PROTO && get_u32(pt + PROTO_FIRSTLINE) != ~UINT32_C(0) ? pt : NULL;
}

/* What the functions in a table say; false where it has none. */
static bool read_methods(struct marker *m, const uint8_t *t, struct class *c)
{
	uint32_t count, found = 0;
	const uint8_t *nodes = tab_nodes(m, t, &count);

	*c = (struct class){0};
	for (uint32_t i = 0; nodes && count <= CLASS_SLOTS && i < count; i++) {
		const uint8_t *pt = method_proto(m, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL));
		uint32_t line = pt ? get_u32(pt + PROTO_FIRSTLINE) : 0;

		if (!pt)
			continue;
		if (found++ == 0)
			c->file = get_ref(pt + PROTO_CHUNKNAME);
		else if (c->file != get_ref(pt + PROTO_CHUNKNAME))
			c->file = 0;
		if (!c->proto || line < c->line) {
			c->line = line;
			c->proto = pt;
		}
	}
	return found > 0;
}

/* The global table as __index makes an environment, not a class. */
static const uint8_t *index_table(struct marker *m, const uint8_t *mt)
{
	const uint8_t *L = at(m, m->vm->L.a, TH_STACKSIZE + 8), *t;
	uint64_t index = tab_get_str(m, mt, m->index_name);

	if (tv_type(index) != T_TAB || (L && tv_ref(index) == get_ref(L + TH_ENV)))
		return NULL;
	t = at(m, tv_ref(index), TAB_SIZE);
	return t && t[O_GCT] == T_TAB ? t : NULL;
}

static bool read_class(struct marker *m, uint64_t metatable, struct class *c)
{
	for (int i = 0; i < INHERITED && metatable; i++) {
		const uint8_t *mt = at(m, metatable, TAB_SIZE), *index;

		if (!mt || mt[O_GCT] != T_TAB)
			return false;
		index = index_table(m, mt);
		if ((index && read_methods(m, index, c)) || read_methods(m, mt, c))
			return c->file != 0;
		metatable = index ? get_ref(index + TAB_METATABLE) : 0;
	}
	return false;
}

/* 1 + the index of a class; 0 when memory ran out. Metatables that are made for each object have it in common. */
static uint32_t keep_class(struct marker *m, struct class c)
{
	struct classes *k = &m->out->classes;
	const uint64_t proto = (uint64_t)(uintptr_t)c.proto;
	uint32_t id = pair_map_get(&k->of_method, proto, 0);
	struct class *kept;

	if (id != NO_VALUE)
		return id;
	kept = malloc(sizeof(*kept));
	if (!kept || (k->count == k->room && !trie_grow((void **)&k->list, &k->room, sizeof(struct class *))) ||
	    !pair_map_put(&k->of_method, proto, 0, k->count + 1)) {
		free(kept);
		fail(m, "out of memory");
		return 0;
	}
	*kept = c;
	k->list[k->count++] = kept;
	return k->count;
}

/* 1 + the index of a metatable's class; 0: it has none. */
static uint32_t class_of(struct marker *m, uint64_t metatable)
{
	struct classes *k = &m->out->classes;
	uint32_t id = pair_map_get(&k->of_metatable, metatable, 0);
	struct class c;

	if (id != NO_VALUE)
		return id;
	id = read_class(m, metatable, &c) ? keep_class(m, c) : 0;
	if (!pair_map_put(&k->of_metatable, metatable, 0, id))
		fail(m, "out of memory");
	return id;
}

void note_class(struct marker *m, uint64_t metatable, uint32_t node)
{
	struct node *n = &m->trie->nodes[node];

	if (n->parent == NO_NODE)
		return;	/* the global table may have a guard, but is no object of its class */
	if (metatable != m->classed_metatable) {
		m->classed_metatable = metatable;
		m->classed_as = class_of(m, metatable);
	}
	if (!m->classed_as)
		return;
	n->classed++;
	n->class = class_common(n->class, m->out->classes.list[m->classed_as - 1]);
}
